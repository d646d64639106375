import { MULAW_TO_SAMPLE } from '../mulaw-tables.js';

/** What is quieter than this, in dBov, counts as this. */
export const FLOOR_DB = -65;
/** Low, high, edges, middle: see {@link LevelMeter.bands}. */
export const BANDS = 4;

const FULL_SCALE_POWER = 32_768 ** 2;
const SAMPLES = Float64Array.from(MULAW_TO_SAMPLE);

export function decibels(power: number): number {
  return power > 0 ? Math.max(FLOOR_DB, 10 * Math.log10(power)) : FLOOR_DB;
}

/** How loud each frame of one direction of a call is, above 130 Hz: hum and rumble do not count. */
export class LevelMeter {
  /** Of the last frame, in dBov. */
  level = FLOOR_DB;
  /**
   * The level below and above 2 kHz, at both edges of the telephone's band, and in its middle, in dBov.
   * Wide and overlapping, but they cost three autocorrelations.
   */
  readonly bands = new Float64Array(BANDS).fill(FLOOR_DB);
  private lastInput = 0;
  private lastOutput = 0;
  private earlierOutput = 0;

  /** The level alone. Takes μ-law of any length but none. */
  measureLevel(frame: Uint8Array): void {
    let { lastInput: input, lastOutput: output, earlierOutput: earlier } = this;
    let energy = 0;
    for (let at = 0; at < frame.length; at++) {
      const sample = SAMPLES[frame[at]!]!;
      earlier = output;
      output = 0.9 * output + sample - input;
      input = sample;
      energy += output * output;
    }
    this.lastInput = input;
    this.lastOutput = output;
    this.earlierOutput = earlier;
    this.level = decibels(energy / (frame.length * FULL_SCALE_POWER));
  }

  /** The level and those of the bands. */
  measure(frame: Uint8Array): void {
    let { lastInput: input, lastOutput: output, earlierOutput: earlier } = this;
    let energy = 0;
    let next = 0;
    let afterNext = 0;
    for (let at = 0; at < frame.length; at++) {
      const sample = SAMPLES[frame[at]!]!;
      const now = 0.9 * output + sample - input;
      energy += now * now;
      next += now * output;
      afterNext += now * earlier;
      earlier = output;
      output = now;
      input = sample;
    }
    this.lastInput = input;
    this.lastOutput = output;
    this.earlierOutput = earlier;
    const scale = 1 / (frame.length * FULL_SCALE_POWER);
    this.level = decibels(energy * scale);
    const { bands } = this;
    bands[0] = decibels(((energy + next) * scale) / 2);
    bands[1] = decibels(((energy - next) * scale) / 2);
    bands[2] = decibels(((energy + afterNext) * scale) / 2);
    bands[3] = decibels(((energy - afterNext) * scale) / 2);
  }
}
