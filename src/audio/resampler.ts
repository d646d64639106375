import { dotProduct } from './dot-product.js';
import { kaiser, sinc } from './windowed-sinc.js';

/** The sample rates that can be converted: those of WAV files. */
export const MIN_SAMPLE_RATE = 4000;
export const MAX_SAMPLE_RATE = 192_000;

/**
 * How far the filter looks to either side, in samples of the lower rate. 16 samples
 * are 2 ms at 8 kHz and enough for 60 dB.
 */
const REACH = 16;
/** The frequency at which the filter halves the amplitude, as a share of the lower rate's Nyquist frequency. */
const CUTOFF = 0.94;
/** The Kaiser window's parameter, for side lobes below −60 dB. */
const BETA = 6;
/** Rates without a small ratio use the nearest of about this many positions, with an error below −60 dB. */
const POSITIONS = 1024;
/** How many samples are processed at once; the working memory of an instance. */
const BLOCK = 1024;
const KEPT_FILTERS = 32;

/** A windowed sinc, sampled between the input's samples. It never changes and is shared by all instances. */
interface Filter {
  /** How many input samples one output is computed from. */
  readonly taps: number;
  /** How many of them come after the output's position. */
  readonly lookahead: number;
  /** A row of `taps` weights for each position, from one input sample to the next. */
  readonly weights: Float64Array;
  /** The positions from one input sample to the next. The last row is the next sample itself. */
  readonly positions: number;
}

/**
 * Converts one channel of 16-bit samples from one rate to another, piece by
 * piece. The output does not depend on how the input is split: sample n is the
 * input at the time n / toRate, and after {@link flush} the output lasts as long as
 * the input. It must look {@link lookahead} samples ahead, so the output lags
 * behind the input by that much.
 */
export class Resampler {
  /**
   * Input samples that are held back until more comes: 2 ms where the lower of
   * the two rates is 8 kHz, 1 ms where it is 16 kHz, none where they are equal.
   */
  readonly lookahead: number;
  private readonly filter: Filter;
  /** The rates over their greatest common divisor: `up` outputs for each `down` inputs. */
  private readonly up: number;
  private readonly down: number;
  /** From the first sample that the next output is made of, with room for a block more. */
  private readonly held: Float64Array;
  private heldCount = 0;
  /** How far the next output lies behind the sample in the middle, in parts of 1 / `up`. */
  private phase = 0;

  /** @throws RangeError on rates that are not whole numbers from 4000 to 192,000 */
  constructor(fromRate: number, toRate: number) {
    const divisor = greatestCommonDivisor(checked(fromRate), checked(toRate));
    this.up = toRate / divisor;
    this.down = fromRate / divisor;
    this.filter = filterFor(this.up, this.down);
    this.lookahead = this.filter.lookahead;
    this.held = new Float64Array(this.filter.taps + BLOCK);
    this.reset();
  }

  /** Returns the samples that can be computed now: those held back, and all but the end of these. */
  write(samples: Int16Array): Int16Array {
    const output = new Int16Array(this.outputsAfter(samples.length));
    let written = 0;
    for (let start = 0; start < samples.length; start += BLOCK) {
      written = this.convert(samples.subarray(start, start + BLOCK), output, written);
    }
    return output;
  }

  /** Returns the samples held back, followed by silence. The next write begins new audio. */
  flush(): Int16Array {
    const rest = this.write(new Int16Array(this.lookahead));
    this.reset();
    return rest;
  }

  private reset(): void {
    // The first output is at the first sample, with silence before it.
    this.heldCount = this.filter.taps - this.lookahead - 1;
    this.held.fill(0, 0, this.heldCount);
    this.phase = 0;
  }

  /** The number of outputs whose surroundings are complete with `count` more samples. */
  private outputsAfter(count: number): number {
    const steps = this.heldCount + count - this.filter.taps + 1;
    return Math.max(0, Math.ceil((steps * this.up - this.phase) / this.down));
  }

  /** @returns how many samples of `output` are written then */
  private convert(block: Int16Array, output: Int16Array, written: number): number {
    const { held, up, down } = this;
    const { taps, weights, positions } = this.filter;
    held.set(block, this.heldCount);
    this.heldCount += block.length;
    const whole = Math.floor(down / up);
    const part = down % up;
    let phase = this.phase;
    let first = 0;
    let next = written;
    while (first + taps <= this.heldCount) {
      const row = positions === up ? phase : Math.round((phase * positions) / up);
      const value = Math.round(dotProduct(held, first, weights, row * taps, taps));
      output[next++] = Math.max(-32_768, Math.min(32_767, value));
      first += whole;
      phase += part;
      if (phase >= up) {
        phase -= up;
        first++;
      }
    }
    held.copyWithin(0, first, this.heldCount);
    this.heldCount -= first;
    this.phase = phase;
    return next;
  }
}

const filters = new Map<string, Filter>();

/** Filters are a few hundred kilobytes at most, and an endless variety of rates must not accumulate them. */
function filterFor(up: number, down: number): Filter {
  const key = `${up}/${down}`;
  const known = filters.get(key);
  if (known !== undefined) return known;
  const [oldest] = filters.keys();
  if (oldest !== undefined && filters.size >= KEPT_FILTERS) filters.delete(oldest);
  const filter = designFilter(up, down);
  filters.set(key, filter);
  return filter;
}

function designFilter(up: number, down: number): Filter {
  // With equal rates the input is returned unchanged.
  if (up === down) {
    return { taps: 1, lookahead: 0, weights: Float64Array.of(1), positions: 1 };
  }
  const ratio = Math.max(1, down / up);
  const reach = Math.ceil(REACH * ratio);
  const positions = Math.min(up, Math.ceil(POSITIONS / ratio));
  const taps = 2 * reach;
  const weights = new Float64Array((positions + 1) * taps);
  for (let position = 0; position <= positions; position++) {
    const row = weights.subarray(position * taps, (position + 1) * taps);
    for (let tap = 0; tap < taps; tap++) {
      // The distance from the output, in samples of the lower rate.
      const distance = (tap - reach + 1 - position / positions) / ratio;
      row[tap] = sinc(distance * CUTOFF) * kaiser(distance / REACH, BETA);
    }
    // Each row leaves a constant unchanged; otherwise the differences between rows would be heard as hum.
    const sum = row.reduce((total, weight) => total + weight, 0);
    for (let tap = 0; tap < taps; tap++) row[tap] = (row[tap] ?? 0) / sum;
  }
  return { taps, lookahead: reach, weights, positions };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function checked(rate: number): number {
  if (Number.isInteger(rate) && rate >= MIN_SAMPLE_RATE && rate <= MAX_SAMPLE_RATE) return rate;
  throw new RangeError(`not a sample rate: ${rate}`);
}
