import { BELIEVED, EchoDelay, KEPT, LAGS } from './echo-delay.js';
import { BANDS, decibels, FLOOR_DB } from './levels.js';

/** Assumed until it is known how much weaker the echo is than what was sent, in dB. */
const FIRST_LOSS_DB = -12;
/** The strongest echo that is believed. */
const LEAST_LOSS_DB = -6;
const MOST_LOSS_DB = -60;
/** With a known delay the loss is an upper quantile: it falls by this each frame, and rises by that at most. */
const FALL_DB = 0.15;
const RISE_DB = 1;
/** Without one, it follows the loudest of 0.64 s by these. */
const PEAK_FALL_DB = 4;
const PEAK_RISE_DB = 3;
const PEAK_CORRELATION = 0.35;
/** So many frames must have been sent before the loss is lowered by peaks. */
const PEAKS_AFTER_FRAMES = 48;
/** What was sent says something about the loss from this level on. */
const TELLING_DB = -40;
/** Sent sound that is louder than this may come back. */
const SENT_DB = -45;
/** How fast a room falls silent, in dB a frame. */
const TAIL_DB = 5;
/** What is less than this above the noise is neither looked at nor learnt from, in two frames of three. */
const ABOVE_NOISE_DB = 9;
const FOLLOWS_NOISE_DB = 3;
const EVERY = 3;
const SLOT = KEPT - 1;
/** What is kept of a frame: the bands of what was sent, and those of what came. */
const FRAME = 2 * BANDS;
/** Where each number is, behind the frames. */
const LOSS = KEPT * FRAME;
const TAIL = LOSS + BANDS;
const EXPECTED = TAIL + BANDS;
const EXCESS = EXPECTED + 1;
const BAND_EXCESS = EXPECTED + 2;
const NUMBERS = EXPECTED + 3;

/**
 * What the audio that was sent explains of what comes back. Levels are compared, no samples subtracted: it works
 * through codecs, clipping loudspeakers and drifting clocks that a canceller does not follow.
 */
export class EchoModel {
  /** Whether anything was sent that may come back now. */
  isDue = false;
  private readonly delay = new EchoDelay();
  private frames = 0;
  private sinceSent = LAGS;
  private sentFor = 0;
  /** All in one place, and small: see {@link LevelMeter}. */
  private readonly numbers = new Float32Array(NUMBERS).fill(FLOOR_DB);

  constructor() {
    this.numbers.fill(FIRST_LOSS_DB, LOSS, TAIL);
    this.setExcess(0, 0);
  }

  /** The echo that is to be expected, in dBov; at most the floor: none. */
  get expected(): number {
    return this.numbers[EXPECTED]!;
  }

  /** How far the last frame is above the echo that is to be expected, as a whole, in dB. */
  get excess(): number {
    return this.numbers[EXCESS]!;
  }

  /** The same in its best band. */
  get bandExcess(): number {
    return this.numbers[BAND_EXCESS]!;
  }

  /**
   * Takes the next frame of both directions.
   * @param sent the bands of what the caller was to hear meanwhile; null: nothing
   * @param came the bands of what came
   * @param level that of what came
   * @param noise the line's level, a little below which nothing is an echo
   */
  follow(sent: Float64Array | null, came: Float64Array, level: number, noise: number): void {
    const { delay, numbers } = this;
    const at = this.frames & SLOT;
    this.frames++;
    this.keep(at, sent, came);
    this.isDue = this.sinceSent < LAGS;
    if (!this.isDue) {
      numbers[EXPECTED] = FLOOR_DB;
      return;
    }
    const looks = this.frames % EVERY === 0;
    if (!looks && level < noise + ABOVE_NOISE_DB) {
      for (let band = TAIL; band < TAIL + BANDS; band++) numbers[band]! -= TAIL_DB;
      this.setExcess(-Infinity, -Infinity);
      return;
    }
    if (looks) delay.learn(at, Math.max(level, noise + FOLLOWS_NOISE_DB));
    delay.decide();
    this.compare(at, came, level, noise);
    if (looks && delay.lag === 0) this.learnFromPeaks();
  }

  private setExcess(excess: number, bandExcess: number): void {
    this.numbers[EXCESS] = excess;
    this.numbers[BAND_EXCESS] = bandExcess;
  }

  private keep(at: number, sent: Float64Array | null, came: Float64Array): void {
    const { numbers } = this;
    const frame = at * FRAME;
    for (let band = 0; band < BANDS; band++) {
      numbers[frame + band] = sent ? sent[band]! : FLOOR_DB;
      numbers[frame + BANDS + band] = came[band]!;
    }
    const power = sent ? 10 ** (sent[0]! / 10) + 10 ** (sent[1]! / 10) : 0;
    const level = decibels(power);
    this.delay.keep(at, level);
    this.sinceSent = level > SENT_DB ? 0 : this.sinceSent + 1;
    this.sentFor = this.sinceSent < LAGS ? this.sentFor + 1 : 0;
  }

  private compare(at: number, came: Float64Array, level: number, noise: number): void {
    const { numbers } = this;
    const { lag, correlation } = this.delay;
    const rise = RISE_DB * Math.min(1, (correlation - BELIEVED) * 4);
    let best = -Infinity;
    let power = 0;
    for (let band = 0; band < BANDS; band++) {
      const sent = this.loudestSent(at, lag, band);
      const tail = Math.max(sent, numbers[TAIL + band]! - TAIL_DB, FLOOR_DB);
      numbers[TAIL + band] = tail;
      const loss = numbers[LOSS + band]!;
      const expected = Math.max(tail + loss, noise);
      best = Math.max(best, came[band]! - expected);
      if (band < 2) power += 10 ** (expected / 10);
      if (lag === 0 || sent <= TELLING_DB) continue;
      const seen = came[band]! - sent;
      if (seen < loss) numbers[LOSS + band] = loss - FALL_DB;
      else if (rise > 0) numbers[LOSS + band] = Math.min(LEAST_LOSS_DB, loss + rise);
    }
    const expected = decibels(power);
    numbers[EXPECTED] = expected;
    this.setExcess(level - expected, best);
  }

  /** Of three frames about the delay; where that is not known, of all. */
  private loudestSent(at: number, lag: number, band: number): number {
    const { numbers } = this;
    const from = lag === 0 ? 1 : lag - 1;
    const to = lag === 0 ? LAGS - 1 : lag + 1;
    let loudest = FLOOR_DB;
    for (let back = Math.max(0, from); back <= to; back++) {
      loudest = Math.max(loudest, numbers[((at - back) & SLOT) * FRAME + band]!);
    }
    return loudest;
  }

  /** The delay is not known: the loudest that came against the loudest that was sent. */
  private learnFromPeaks(): void {
    const { numbers, frames } = this;
    const { correlation, isSure } = this.delay;
    for (let band = 0; band < BANDS; band++) {
      let [sent, came] = [FLOOR_DB, FLOOR_DB];
      for (let back = 1; back <= LAGS; back++) {
        const at = ((frames - back) & SLOT) * FRAME + band;
        sent = Math.max(sent, numbers[at]!);
        came = Math.max(came, numbers[at + BANDS]!);
      }
      const seen = Math.max(came - sent, MOST_LOSS_DB);
      const loss = numbers[LOSS + band]!;
      if (seen < loss) {
        if (this.sentFor >= PEAKS_AFTER_FRAMES)
          numbers[LOSS + band] = Math.max(seen, loss - PEAK_FALL_DB);
      } else if (correlation > PEAK_CORRELATION && isSure) {
        numbers[LOSS + band] = Math.min(FIRST_LOSS_DB, loss + PEAK_RISE_DB);
      }
    }
  }
}
