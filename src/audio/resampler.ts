/** Zero crossings of the sinc on each side: the length of the filter. */
const CROSSINGS = 12;
/** Where the pass band ends, as a share of the lower rate's half; the rest is the slope. */
const PASS_BAND = 0.93;
/** Kaiser window: about 80 dB down in the stop band. */
const KAISER_BETA = 8;

interface Filter {
  /** Output samples for `down` input samples. */
  up: number;
  down: number;
  /** Input samples on each side of an output sample. */
  reach: number;
  /** One row for each position of an output sample between two input samples. */
  rows: Float32Array[];
}

const filters = new Map<string, Filter>();

/**
 * One channel from one sample rate to another, in chunks of any size: the same
 * samples come out whatever the chunks. A windowed sinc, read at the positions
 * that are needed. It delays by twelve samples of the lower rate: 1.5 ms at 8 kHz.
 */
export class Resampler {
  private readonly filter: Filter;
  /** Input not yet passed over, from `reach` samples before the next output sample. */
  private held: Int16Array;
  /** The next output sample stands after `reach` held samples and this many `up`-ths of one. */
  private phase = 0;

  /** @param from, to samples a second, whole numbers */
  constructor(from: number, to: number) {
    this.filter = filterFor(from, to);
    this.held = new Int16Array(this.filter.reach);
  }

  write(samples: Int16Array): Int16Array {
    const { up, down, reach, rows } = this.filter;
    const input = new Int16Array(this.held.length + samples.length);
    input.set(this.held);
    input.set(samples, this.held.length);
    // The last sample that has `reach` samples after it.
    const end = input.length - reach;
    const room = Math.max(0, Math.ceil(((end - reach) * up - this.phase) / down));
    const output = new Int16Array(room);
    let at = reach;
    let { phase } = this;
    for (let index = 0; index < room; index += 1) {
      const row = rows[phase] as Float32Array;
      const first = at - reach + 1;
      let sum = 0;
      for (let tap = 0; tap < row.length; tap += 1) {
        sum += (row[tap] as number) * (input[first + tap] as number);
      }
      output[index] = sum > 32_767 ? 32_767 : sum < -32_768 ? -32_768 : Math.round(sum);
      phase += down;
      while (phase >= up) {
        phase -= up;
        at += 1;
      }
    }
    this.phase = phase;
    this.held = input.slice(at - reach);
    return output;
  }

  /** What the filter still holds; the input is over. */
  flush(): Int16Array {
    return this.write(new Int16Array(this.filter.reach));
  }
}

function filterFor(from: number, to: number): Filter {
  const common = greatestCommonDivisor(from, to);
  const [up, down] = [to / common, from / common];
  const key = `${up}/${down}`;
  let filter = filters.get(key);
  if (!filter) {
    filter = design(up, down);
    filters.set(key, filter);
  }
  return filter;
}

function design(up: number, down: number): Filter {
  const cutoff = PASS_BAND * Math.min(1, up / down);
  const reach = Math.ceil(CROSSINGS * Math.max(1, down / up));
  const rows = Array.from({ length: up }, (_, phase) => {
    const row = Float32Array.from({ length: 2 * reach }, (_unused, tap) => {
      const distance = tap - reach + 1 - phase / up;
      return cutoff * sinc(cutoff * distance) * kaiser(distance / reach);
    });
    // Each row passes a constant as it is.
    const sum = row.reduce((total, weight) => total + weight, 0);
    return row.map((weight) => weight / sum);
  });
  return { up, down, reach, rows };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param x from -1 to 1 across the window */
function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order zero. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-9; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
