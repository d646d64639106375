import type { Distribution } from './histogram.js';

/** Longer ones are counted together. */
const MAX_MS = 1_024;
/** Upper bounds when it is read, in milliseconds. */
const BOUNDS_MS = [1, 2, 5, 10, 20, 40, 60, 100, 160, 250, 500, 1_000];

/**
 * How long things took, to the millisecond, for what happens fifty times a
 * second in every call: one increment of a number in an array, nothing else;
 * bounds and sums are worked out when somebody asks. Doubles hold whole numbers
 * for longer than 32 bits would: those are full after two days of 500 calls.
 */
export class MillisecondCounts {
  private readonly counts = new Float64Array(MAX_MS + 1);

  /** @param milliseconds 0 or more */
  note(milliseconds: number): void {
    this.counts[milliseconds < MAX_MS ? milliseconds | 0 : MAX_MS]! += 1;
  }

  /** In seconds. The sum counts each as the middle of its millisecond. */
  read(): Distribution {
    const { counts } = this;
    const atMost = BOUNDS_MS.map((bound) => total(counts.subarray(0, bound)));
    const sumMs = counts.reduce((sum, count, ms) => sum + count * (ms + 0.5), 0);
    return {
      bounds: BOUNDS_MS.map((bound) => bound / 1000),
      atMost,
      count: total(counts),
      sum: sumMs / 1000,
    };
  }
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
