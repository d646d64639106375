import { dotProduct } from './dot-product.js';

// Features that distinguish a frame of speech from other sound: plain numbers of plain samples, without state.

const FULL_SCALE = 32_768;
/** The level of digital silence. It also keeps the logarithm finite. */
const FLOOR_DBOV = -90;

/** The mean power relative to that of the loudest square wave, in dB: 0 to −90. */
export function levelDbov(samples: Float64Array): number {
  const energy = dotProduct(samples, 0, samples, 0, samples.length);
  const power = energy / samples.length / (FULL_SCALE * FULL_SCALE);
  return power === 0 ? FLOOR_DBOV : Math.max(FLOOR_DBOV, 10 * Math.log10(power));
}

/**
 * How well the samples repeat themselves after one of the lags, from 0 to 1: a
 * voice does, at its pitch; noise does not. White noise hardly ever reaches 0.5.
 */
export function periodicity(samples: Float64Array, minLag: number, maxLag: number): number {
  const length = samples.length;
  const energy = dotProduct(samples, 0, samples, 0, length);
  let early = energy;
  let late = energy;
  let best = 0;
  for (let lag = 1; lag <= maxLag; lag++) {
    // The samples that take part: `lag` fewer at the end of one copy and at the start of the other.
    early -= samples[length - lag]! ** 2;
    late -= samples[lag - 1]! ** 2;
    if (lag < minLag) continue;
    const both = Math.sqrt(Math.max(0, early) * Math.max(0, late));
    if (both > 0) best = Math.max(best, dotProduct(samples, 0, samples, lag, length - lag) / both);
  }
  return Math.min(1, best);
}

/** How many past samples the next one is predicted from: two for each sine. */
const ORDER = 6;

/**
 * How much of the samples cannot be predicted from the six before, in dB: 0 for
 * white noise, −5 to −20 for speech, below −25 for up to three steady tones,
 * where only the noise of μ-law is left.
 */
export function unpredictableDb(samples: Float64Array): number {
  const size = ORDER + 1;
  // Covariances of the samples with those `row` and `column` before.
  const matrix = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    let sum = dotProduct(samples, ORDER, samples, ORDER - column, samples.length - ORDER);
    matrix[column] = sum;
    // Down the diagonal only the ends of the sum change.
    for (let row = 1; row + column < size; row++) {
      sum += samples[ORDER - row]! * samples[ORDER - row - column]!;
      sum -= samples[samples.length - row]! * samples[samples.length - row - column]!;
      matrix[row * size + row + column] = sum;
    }
  }
  const energy = matrix[0]!;
  if (energy <= 0) return 0;
  return 10 * Math.log10(Math.max(1e-9, residual(matrix, size) / energy));
}

/**
 * What the best prediction leaves of the energy in the corner: elimination of
 * the symmetric matrix (upper half given) from its far end.
 */
function residual(matrix: Float64Array, size: number): number {
  for (let pivot = size - 1; pivot > 0; pivot--) {
    const diagonal = matrix[pivot * size + pivot]!;
    // Nothing is left to predict from, because the other samples already say everything.
    if (diagonal <= matrix[0]! * 1e-9) continue;
    for (let row = 0; row < pivot; row++) {
      const factor = matrix[row * size + pivot]! / diagonal;
      for (let column = row; column < pivot; column++) {
        matrix[row * size + column]! -= factor * matrix[column * size + pivot]!;
      }
    }
  }
  return matrix[0]!;
}
