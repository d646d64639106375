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

/**
 * What the audio that was sent explains of what comes back. Levels are compared, no samples subtracted: it works
 * through codecs, clipping loudspeakers and drifting clocks that a canceller does not follow.
 */
export class EchoModel {
  /** Of the last frame: how far it is above the echo that is to be expected, as a whole and in its best band, in dB. */
  excess = 0;
  bandExcess = 0;
  /** The echo that is to be expected, in dBov; at most the floor: none. */
  expected = FLOOR_DB;
  /** Whether anything was sent that may come back now. */
  isDue = false;
  private readonly delay = new EchoDelay();
  private frames = 0;
  private sinceSent = LAGS;
  private sentFor = 0;
  private readonly sent = new Float64Array(KEPT * BANDS).fill(FLOOR_DB);
  private readonly sentLevel = new Float64Array(KEPT).fill(FLOOR_DB);
  private readonly came = new Float64Array(KEPT * BANDS).fill(FLOOR_DB);
  private readonly loss = new Float64Array(BANDS).fill(FIRST_LOSS_DB);
  private readonly tail = new Float64Array(BANDS).fill(FLOOR_DB);

  /**
   * Takes the next frame of both directions.
   * @param sent the bands of what the caller was to hear meanwhile; null: nothing
   * @param came the bands of what came
   * @param level that of what came
   * @param noise the line's level, a little below which nothing is an echo
   */
  follow(sent: Float64Array | null, came: Float64Array, level: number, noise: number): void {
    const at = this.frames & SLOT;
    this.frames++;
    this.keep(at, sent, came);
    this.isDue = this.sinceSent < LAGS;
    if (!this.isDue) {
      this.expected = FLOOR_DB;
      return;
    }
    const looks = this.frames % EVERY === 0;
    if (!looks && level < noise + ABOVE_NOISE_DB) {
      for (let band = 0; band < BANDS; band++) this.tail[band]! -= TAIL_DB;
      this.excess = -Infinity;
      this.bandExcess = -Infinity;
      return;
    }
    const { delay } = this;
    if (looks) delay.learn(this.sentLevel, at, Math.max(level, noise + FOLLOWS_NOISE_DB));
    delay.decide();
    this.compare(at, came, level, noise);
    if (looks && delay.lag === 0) this.learnFromPeaks();
  }

  private keep(at: number, sent: Float64Array | null, came: Float64Array): void {
    let power = 0;
    for (let band = 0; band < BANDS; band++) {
      this.sent[at * BANDS + band] = sent ? sent[band]! : FLOOR_DB;
      this.came[at * BANDS + band] = came[band]!;
    }
    if (sent) power = 10 ** (sent[0]! / 10) + 10 ** (sent[1]! / 10);
    const level = decibels(power);
    this.sentLevel[at] = level;
    this.sinceSent = level > SENT_DB ? 0 : this.sinceSent + 1;
    this.sentFor = this.sinceSent < LAGS ? this.sentFor + 1 : 0;
  }

  private compare(at: number, came: Float64Array, level: number, noise: number): void {
    const { lag, correlation } = this.delay;
    const rise = RISE_DB * Math.min(1, (correlation - BELIEVED) * 4);
    let best = -Infinity;
    let power = 0;
    for (let band = 0; band < BANDS; band++) {
      const sent = this.loudestSent(at, lag, band);
      const tail = Math.max(sent, this.tail[band]! - TAIL_DB, FLOOR_DB);
      this.tail[band] = tail;
      const expected = Math.max(tail + this.loss[band]!, noise);
      best = Math.max(best, came[band]! - expected);
      if (band < 2) power += 10 ** (expected / 10);
      if (lag === 0 || sent <= TELLING_DB) continue;
      const seen = came[band]! - sent;
      if (seen < this.loss[band]!) this.loss[band]! -= FALL_DB;
      else if (rise > 0) this.loss[band] = Math.min(LEAST_LOSS_DB, this.loss[band]! + rise);
    }
    this.expected = decibels(power);
    this.excess = level - this.expected;
    this.bandExcess = best;
  }

  /** Of three frames about the delay; where that is not known, of all. */
  private loudestSent(at: number, lag: number, band: number): number {
    const from = lag === 0 ? 1 : lag - 1;
    const to = lag === 0 ? LAGS - 1 : lag + 1;
    let loudest = FLOOR_DB;
    for (let back = Math.max(0, from); back <= to; back++) {
      const sent = this.sent[((at - back) & SLOT) * BANDS + band]!;
      if (sent > loudest) loudest = sent;
    }
    return loudest;
  }

  /** The delay is not known: the loudest that came against the loudest that was sent. */
  private learnFromPeaks(): void {
    const { correlation, isSure } = this.delay;
    for (let band = 0; band < BANDS; band++) {
      let [sent, came] = [FLOOR_DB, FLOOR_DB];
      for (let back = 1; back <= LAGS; back++) {
        const slot = ((this.frames - back) & SLOT) * BANDS + band;
        sent = Math.max(sent, this.sent[slot]!);
        came = Math.max(came, this.came[slot]!);
      }
      const seen = Math.max(came - sent, MOST_LOSS_DB);
      const loss = this.loss[band]!;
      if (seen < loss) {
        if (this.sentFor >= PEAKS_AFTER_FRAMES)
          this.loss[band] = Math.max(seen, loss - PEAK_FALL_DB);
      } else if (correlation > PEAK_CORRELATION && isSure) {
        this.loss[band] = Math.min(FIRST_LOSS_DB, loss + PEAK_RISE_DB);
      }
    }
  }
}
