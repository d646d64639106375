import { MULAW_TO_SAMPLE } from '../mulaw-tables.js';

/** What is quieter than this, in dBov, counts as this. */
export const FLOOR_DB = -65;
/** Low, high, edges, middle: see {@link LevelMeter.bands}. */
export const BANDS = 4;

const FULL_SCALE_POWER = 32_768 ** 2;
const SAMPLES = Float64Array.from(MULAW_TO_SAMPLE);
/** The filter is `output = KEEP · last output + input − last input`; these are its powers. */
const KEEP = 0.9;
const KEEP_2 = KEEP ** 2;
const KEEP_3 = KEEP ** 3;
const KEEP_4 = KEEP ** 4;
/** Where each number of a meter is, behind its bands. */
const LEVEL = BANDS;
const LAST_INPUT = BANDS + 1;
const LAST_OUTPUT = BANDS + 2;
const EARLIER_OUTPUT = BANDS + 3;

export function decibels(power: number): number {
  return power > 0 ? Math.max(FLOOR_DB, 10 * Math.log10(power)) : FLOOR_DB;
}

/** How loud each frame of one direction of a call is, above 130 Hz: hum and rumble do not count. */
export class LevelMeter {
  /** All in one place: between two frames of a call, those of hundreds of others have passed through the cache. */
  private readonly numbers = new Float64Array(8).fill(FLOOR_DB, 0, LEVEL + 1);

  /** Of the last frame, in dBov. */
  get level(): number {
    return this.numbers[LEVEL]!;
  }

  /**
   * The level below and above 2 kHz, at both edges of the telephone's band, and in its middle, in dBov: the first
   * {@link BANDS} numbers. Wide and overlapping, but they cost three autocorrelations.
   */
  get bands(): Float64Array {
    return this.numbers;
  }

  /** The level and those of the bands. Takes μ-law in fours: what is short of that at the end is left out. */
  measure(frame: Uint8Array): void {
    const { numbers } = this;
    let input = numbers[LAST_INPUT]!;
    let output = numbers[LAST_OUTPUT]!;
    let earlier = numbers[EARLIER_OUTPUT]!;
    let energy = 0;
    let byNext = 0;
    let byAfterNext = 0;
    for (let at = 0; at + 4 <= frame.length; at += 4) {
      const first = SAMPLES[frame[at]!]!;
      const second = SAMPLES[frame[at + 1]!]!;
      const third = SAMPLES[frame[at + 2]!]!;
      const fourth = SAMPLES[frame[at + 3]!]!;
      // What the four inputs add, so that no output waits for the one before.
      const a = first - input;
      const b = KEEP * a + second - first;
      const c = KEEP * b + third - second;
      const d = KEEP * c + fourth - third;
      const one = KEEP * output + a;
      const two = KEEP_2 * output + b;
      const three = KEEP_3 * output + c;
      const four = KEEP_4 * output + d;
      energy += one * one + two * two + (three * three + four * four);
      byNext += one * output + two * one + (three * two + four * three);
      byAfterNext += one * earlier + two * output + (three * one + four * two);
      earlier = three;
      output = four;
      input = fourth;
    }
    numbers[LAST_INPUT] = input;
    numbers[LAST_OUTPUT] = output;
    numbers[EARLIER_OUTPUT] = earlier;
    const scale = 1 / (frame.length * FULL_SCALE_POWER);
    numbers[LEVEL] = decibels(energy * scale);
    numbers[0] = decibels(((energy + byNext) * scale) / 2);
    numbers[1] = decibels(((energy - byNext) * scale) / 2);
    numbers[2] = decibels(((energy + byAfterNext) * scale) / 2);
    numbers[3] = decibels(((energy - byAfterNext) * scale) / 2);
  }
}
