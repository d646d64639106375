import type { Distribution } from './histogram.js';

/** Longer durations are counted together. */
const MAX_MS = 1_024;
/** Upper bounds of the buckets that `read` returns, in milliseconds. */
const BOUNDS_MS = [1, 2, 5, 10, 20, 40, 60, 100, 160, 250, 500, 1_000];

/**
 * Durations to the millisecond, for events that happen fifty times a second in
 * every call: noting one only increments a number in an array; bounds and sums
 * are calculated when they are read. The numbers are doubles, because 32-bit
 * integers would overflow after two days of 500 calls.
 */
export class MillisecondCounts {
  private readonly counts = new Float64Array(MAX_MS + 1);

  /** @param milliseconds 0 or more */
  note(milliseconds: number): void {
    this.counts[milliseconds < MAX_MS ? milliseconds | 0 : MAX_MS]! += 1;
  }

  /** The distribution in seconds. The sum counts each duration as the middle of its millisecond. */
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
