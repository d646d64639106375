import { kaiser, sinc } from './windowed-sinc.js';
import { Place, WEIGHT_ONE, type AudioKernel } from './audio-kernel.js';

/** How far a filter looks to either side, in samples at 8 kHz: 2 ms. */
export const REACH = 16;
/**
 * The frequency at which a filter halves the amplitude, as a share of 4 kHz: in the middle between
 * 3.4 kHz, to which a telephone's band goes, and 4.4 kHz, from which on 60 dB are taken away.
 */
const CUTOFF = 0.97;
/** Of Kaiser's window, for side lobes below −60 dB once the weights are rounded. */
const BETA = 6.2;

/** How samples at 8 kHz become others, and the way back. */
export interface TelephoneFilter {
  /** Outputs for each `down` inputs. */
  readonly up: number;
  readonly down: number;
  /** Input samples that each output is made of. */
  readonly taps: number;
  /** How many of them come after the output. */
  readonly lookahead: number;
  /** A row of weights for each of the `up` outputs that lie between two inputs. */
  readonly rows: readonly Int16Array[];
}

/** From 8 kHz to `factor` times as much. */
export function upwards(factor: number): TelephoneFilter {
  const taps = 2 * REACH;
  const rows = Array.from({ length: factor }, (_, phase) =>
    rowOf(taps, (tap) => tap - REACH + 1 - phase / factor),
  );
  return { up: factor, down: 1, taps, lookahead: REACH, rows };
}

/** From `factor` times 8 kHz to 8 kHz. */
export function downwards(factor: number): TelephoneFilter {
  const lookahead = REACH * factor;
  const taps = 2 * lookahead;
  const row = rowOf(taps, (tap) => (tap - lookahead + 1) / factor);
  return { up: 1, down: factor, taps, lookahead, rows: [row] };
}

/** @param distance of a tap from the output, in samples at 8 kHz */
function rowOf(taps: number, distance: (tap: number) => number): Int16Array {
  const shape = Array.from({ length: taps }, (_, tap) => {
    const at = distance(tap);
    // The last tap of a symmetric row has no counterpart.
    return at >= REACH ? 0 : sinc(at * CUTOFF) * kaiser(at / REACH, BETA);
  });
  const scale = WEIGHT_ONE / total(shape);
  return rounded(shape.map((weight) => weight * scale));
}

/**
 * Whole numbers with the same sum, each beside its weight: those that lose most by rounding down are
 * rounded up. So each row leaves a constant as it is; otherwise the differences between rows would be
 * heard as a tone.
 */
function rounded(weights: readonly number[]): Int16Array {
  const row = Int16Array.from(weights, Math.floor);
  const lost = (tap: number): number => weights[tap]! - row[tap]!;
  const byLoss = Array.from(weights.keys()).sort((one, other) => lost(other) - lost(one));
  for (const tap of byLoss.slice(0, WEIGHT_ONE - total(row))) row[tap]! += 1;
  return row;
}

function total(weights: ArrayLike<number>): number {
  return Array.from(weights).reduce((sum, weight) => sum + weight, 0);
}

/** Writes rows of filters into a kernel's memory. Returns where the rows of each begin, in bytes. */
export function install(kernel: AudioKernel, filters: readonly TelephoneFilter[]): number[] {
  let at: number = Place.rows;
  return filters.map(({ rows, taps }) => {
    const begin = at;
    for (const row of rows) {
      kernel.samples.set(row, at / 2);
      at += taps * 2;
    }
    return begin;
  });
}
