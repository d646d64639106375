import { MULAW_FRAME_BYTES, MULAW_SILENCE, mulawSample } from './mulaw.js';
import { levelDbov, periodicity, unpredictableDb } from './voice-features.js';

export const FRAME_MS = 20;

/**
 * What a frame of 20 ms contains:
 * - `voiced`: a vowel or the like
 * - `unvoiced`: loud enough, but without pitch, such as an s, a cough, a click or wind
 * - `quiet`: silence, the noise of the line, or steady tones
 */
export type FrameKind = 'voiced' | 'unvoiced' | 'quiet';

/** Sound counts from this level on, and from this far above the line's own noise. */
const MIN_LEVEL_DBOV = -50;
const ABOVE_NOISE_DB = 6;
/** A frame that repeats itself at least this well contains a voice. */
const VOICED_PERIODICITY = 0.55;
/** Audio that can be predicted better than this is up to three sines: keys, music on hold, a fax. */
const SINES_UNPREDICTABLE_DB = -22;
/** The same limit for audio whose unpredicted rest is hardly more than the line's noise, which cannot be predicted. */
const NOISY_SINES_UNPREDICTABLE_DB = -14;
const HARDLY_ABOVE_NOISE_DB = 9;
/** A level that varies less than this for 80 ms is a machine's: tones under noise, hum. A voice is hardly ever that steady. */
const STEADY_WITHIN_DB = 0.6;
const STEADY_FRAMES = 4;

/** The noise level is that of the quietest frame of the last 1.6 s, so sound that stays longer is noise. */
const NOISE_SPANS = 8;
const NOISE_SPAN_FRAMES = 200 / FRAME_MS;
/** Sound louder than this does not count as noise before 1.6 s are over, because a call may begin with "hello". */
const MAX_FIRST_NOISE_DBOV = -45;

/** The pitch is searched at 2 kHz, within 40 ms, at lags from 2.5 ms (400 Hz) to 15 ms (67 Hz). */
const THINNING = 4;
const PITCH_SAMPLES = (2 * MULAW_FRAME_BYTES) / THINNING;
const MIN_LAG = 5;
const MAX_LAG = 30;

/** Decides for each frame of one direction of a call whether it contains a voice. */
export class FrameClassifier {
  /** The frame without the frequencies below the voice: hum, rumble, a constant. */
  private readonly samples = new Float64Array(MULAW_FRAME_BYTES);
  private readonly thinned = new Float64Array(PITCH_SAMPLES);
  private lastInput = 0;
  private lastOutput = 0;
  /** The level of the quietest frame of each span, in dBov. */
  private readonly quietest = new Float64Array(NOISE_SPANS).fill(MAX_FIRST_NOISE_DBOV);
  private frames = 0;
  /** The levels of the last frames, in dBov. */
  private readonly levels = new Float64Array(STEADY_FRAMES).fill(-Infinity);

  /** Takes the next 20 ms: 160 bytes of μ-law. Missing bytes count as silence. */
  push(frame: Uint8Array): FrameKind {
    this.take(frame);
    const level = levelDbov(this.samples);
    const noise = this.follow(level);
    if (level < Math.max(MIN_LEVEL_DBOV, noise + ABOVE_NOISE_DB)) return 'quiet';
    if (this.isSteady() || this.isSines(level, noise)) return 'quiet';
    const isVoiced = periodicity(this.thinned, MIN_LAG, MAX_LAG) >= VOICED_PERIODICITY;
    return isVoiced ? 'voiced' : 'unvoiced';
  }

  private isSines(level: number, noise: number): boolean {
    const left = unpredictableDb(this.samples);
    if (left < SINES_UNPREDICTABLE_DB) return true;
    return left < NOISY_SINES_UNPREDICTABLE_DB && level + left < noise + HARDLY_ABOVE_NOISE_DB;
  }

  private isSteady(): boolean {
    return this.levels.reduce(larger) - this.levels.reduce(smaller) < STEADY_WITHIN_DB;
  }

  private take(frame: Uint8Array): void {
    const { samples, thinned } = this;
    for (let index = 0; index < samples.length; index++) {
      const input = mulawSample(frame[index] ?? MULAW_SILENCE);
      // A first-order high-pass at 130 Hz.
      this.lastOutput = 0.9 * this.lastOutput + input - this.lastInput;
      this.lastInput = input;
      samples[index] = this.lastOutput;
    }
    thinned.copyWithin(0, PITCH_SAMPLES / 2);
    for (let index = 0; index < PITCH_SAMPLES / 2; index++) {
      thinned[PITCH_SAMPLES / 2 + index] = this.smoothed(index * THINNING);
    }
  }

  /** The weights are 1 2 3 4 3 2 1. At the frame's start its mirror image stands in for the frame before. */
  private smoothed(at: number): number {
    const { samples } = this;
    let sum = 4 * samples[at]!;
    for (let away = 1; away < THINNING; away++) {
      sum += (THINNING - away) * (samples[Math.abs(at - away)]! + samples[at + away]!);
    }
    return sum;
  }

  /** @returns the level of the noise, in dBov */
  private follow(level: number): number {
    this.levels[this.frames % STEADY_FRAMES] = level;
    const span = Math.floor(this.frames / NOISE_SPAN_FRAMES);
    const slot = span % NOISE_SPANS;
    const isNewSpan = this.frames % NOISE_SPAN_FRAMES === 0 && span > 0;
    this.quietest[slot] = isNewSpan ? level : Math.min(level, this.quietest[slot]!);
    this.frames++;
    return this.quietest.reduce(smaller);
  }
}

function smaller(a: number, b: number): number {
  return Math.min(a, b);
}

function larger(a: number, b: number): number {
  return Math.max(a, b);
}
