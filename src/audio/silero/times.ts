import type { Layer } from './weights.js';

// Matrix times vector, where the voice model spends nearly all its time. A weight that was loaded is used for
// several moments, or a sample for several rows: loading costs more than multiplying.

/** One moment: `out[row] = bias + weights · input`. The number of rows is a multiple of four. */
export function timesOne(layer: Layer, input: Float64Array, out: Float64Array): void {
  const { rows, columns, weights, biases } = layer;
  for (let row = 0; row < rows; row += 4) {
    let a = biases[row]!;
    let b = biases[row + 1]!;
    let c = biases[row + 2]!;
    let d = biases[row + 3]!;
    let at = row * columns;
    for (let column = 0; column < columns; column++, at++) {
      const x = input[column]!;
      a += weights[at]! * x;
      b += weights[at + columns]! * x;
      c += weights[at + 2 * columns]! * x;
      d += weights[at + 3 * columns]! * x;
    }
    out[row] = a;
    out[row + 1] = b;
    out[row + 2] = c;
    out[row + 3] = d;
  }
}

/** Two moments, the second `step` samples later: the rows of the first, from `outAt` on, then those of the second. */
export function timesTwo(
  layer: Layer,
  input: Float64Array,
  step: number,
  out: Float64Array,
  outAt: number,
): void {
  const { rows, columns, weights, biases } = layer;
  for (let row = 0; row < rows; row += 2) {
    let a = biases[row]!;
    let b = a;
    let c = biases[row + 1]!;
    let d = c;
    let at = row * columns;
    for (let column = 0; column < columns; column++, at++) {
      const x = input[column]!;
      const y = input[column + step]!;
      const v = weights[at]!;
      const w = weights[at + columns]!;
      a += v * x;
      b += v * y;
      c += w * x;
      d += w * y;
    }
    out[outAt + row] = a;
    out[outAt + row + 1] = c;
    out[outAt + rows + row] = b;
    out[outAt + rows + row + 1] = d;
  }
}

/** Four moments, each `step` samples after the one before; written as {@link timesTwo} does. */
export function timesFour(
  layer: Layer,
  input: Float64Array,
  step: number,
  out: Float64Array,
  outAt: number,
): void {
  const { rows, columns, weights, biases } = layer;
  for (let row = 0; row < rows; row++) {
    let a = biases[row]!;
    let b = a;
    let c = a;
    let d = a;
    const from = row * columns;
    for (let column = 0; column < columns; column++) {
      const weight = weights[from + column]!;
      a += weight * input[column]!;
      b += weight * input[column + step]!;
      c += weight * input[column + 2 * step]!;
      d += weight * input[column + 3 * step]!;
    }
    out[outAt + row] = a;
    out[outAt + rows + row] = b;
    out[outAt + 2 * rows + row] = c;
    out[outAt + 3 * rows + row] = d;
  }
}
