import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/package-root.js';

/** A layer as a matrix: a row of `columns` weights and a bias for each output. */
export interface Layer {
  rows: number;
  columns: number;
  weights: Float32Array;
  biases: Float32Array;
}

export interface SileroWeights {
  /** Windowed cosines, then sines: 65 rows of each. */
  spectrum: Layer;
  /** Convolutions. A row's weights are in the order of the input: all channels of one moment, then of the next. */
  encoder: readonly [Layer, Layer, Layer, Layer];
  /** The four gates (input, forget, cell, output), over 128 inputs and 128 of the last output. */
  recurrent: Layer;
  decoder: Layer;
}

/** Where `scripts/silero-weights.mjs` puts them. */
export const SILERO_FILE = join(packageRoot(), 'models', 'silero-vad-8k.f32');
const NUMBERS = 235_649;
const UNITS = 128;

/** Reads the weights of Silero VAD for 8 kHz: float32, little-endian. @throws Error when the file is another one */
export function loadSileroWeights(file = SILERO_FILE): SileroWeights {
  const bytes = readFileSync(file);
  if (bytes.length !== NUMBERS * 4) throw new Error(`${file} is not the voice model’s`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (count: number): Float32Array => {
    const taken = new Float32Array(count);
    for (let n = 0; n < count; n++, at++) taken[n] = view.getFloat32(at * 4, true);
    return taken;
  };
  const convolution = (rows: number, channels: number, used: readonly number[]): Layer => {
    const weights = byMoment(take(rows * channels * 3), rows, channels, used);
    return { rows, columns: channels * used.length, weights, biases: take(rows) };
  };
  const spectrum = {
    rows: 130,
    columns: 128,
    weights: take(130 * 128),
    biases: new Float32Array(130),
  };
  const first = convolution(128, 65, [0, 1, 2]);
  const second = convolution(64, 128, [0, 1, 2]);
  // What these two would see of earlier and later moments is always padding, and nothing of it is kept.
  const third = convolution(64, 64, [1, 2]);
  const fourth = convolution(128, 64, [1]);
  const recurrent = recurrentOf(take(512 * UNITS), take(512 * UNITS), take(512), take(512));
  const decoder = { rows: 1, columns: UNITS, weights: take(UNITS), biases: take(1) };
  return { spectrum, encoder: [first, second, third, fourth], recurrent, decoder };
}

/** From three moments for each channel to all channels for each of the moments that are used. */
function byMoment(
  all: Float32Array,
  rows: number,
  channels: number,
  used: readonly number[],
): Float32Array {
  const weights = new Float32Array(rows * channels * used.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const moment of used) {
      for (let channel = 0; channel < channels; channel++) {
        weights[at] = all[(row * channels + channel) * 3 + moment] ?? 0;
        at++;
      }
    }
  }
  return weights;
}

/** Both matrices side by side, so that input and last output are one vector. */
function recurrentOf(
  ofInput: Float32Array,
  ofOutput: Float32Array,
  inputBias: Float32Array,
  outputBias: Float32Array,
): Layer {
  const rows = inputBias.length;
  const weights = new Float32Array(rows * 2 * UNITS);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * UNITS, (row + 1) * UNITS];
    weights.set(ofInput.subarray(from, to), 2 * from);
    weights.set(ofOutput.subarray(from, to), 2 * from + UNITS);
  }
  const biases = inputBias.map((bias, row) => bias + (outputBias[row] ?? 0));
  return { rows, columns: 2 * UNITS, weights, biases };
}
