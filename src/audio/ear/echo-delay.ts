import { FLOOR_DB } from './levels.js';

/** Delays that are looked at: one to 31 frames, 20 to 620 ms. */
export const LAGS = 32;
/** Of the levels that were sent and that came, this many frames are kept. */
export const KEPT = 64;

/** Frames after which an old observation counts for a third; fewer at first. */
const MEMORY_FRAMES = 40;
const FIRST_MEMORY_FRAMES = 10;
/** Looked at that many frames, a delay may be believed. */
const SURE_AFTER_FRAMES = 30;
/** From this correlation on it is. */
export const BELIEVED = 0.5;
/** Below this for {@link FORGET_FRAMES} it is forgotten. */
const DOUBTED = 0.25;
const FORGET_FRAMES = 100;
/** What varies less than this, in dB², follows nothing. */
const LEAST_VARIANCE = 4;
/** Pauses of the agent are as quiet as this: how quiet exactly, says nothing. In dBov. */
const QUIETEST_SENT_DB = -50;

/**
 * How much later the agent's voice comes back as an echo: the delay at which the level of what comes follows that
 * of what was sent.
 */
export class EchoDelay {
  /** In frames; 0: not known. */
  lag = 0;
  /** How well what comes follows what was sent, from 0 to 1. */
  correlation = 0;
  /** Frames that were looked at. */
  seen = 0;
  private lowFor = 0;
  private best = 0;
  private comesMean = FLOOR_DB;
  private comesVariance = 1;
  private sentMean = FLOOR_DB;
  private readonly sentVariance = new Float64Array(LAGS).fill(1);
  private readonly covariance = new Float64Array(LAGS);

  get isSure(): boolean {
    return this.seen > SURE_AFTER_FRAMES;
  }

  /**
   * Learns from the next frame.
   * @param sent levels by frame, as a ring of {@link KEPT}, of which `at` is the newest
   * @param comes the level of what came, at least that of the noise
   */
  learn(sent: Float64Array, at: number, comes: number): void {
    const rate = 1 / Math.min(MEMORY_FRAMES, FIRST_MEMORY_FRAMES + this.seen / 2);
    const { sentVariance, covariance } = this;
    this.comesMean += rate * (comes - this.comesMean);
    const change = comes - this.comesMean;
    this.comesVariance += rate * (change * change - this.comesVariance);
    this.sentMean += rate * (Math.max(sent[at]!, QUIETEST_SENT_DB) - this.sentMean);
    let correlation = 0;
    for (let lag = 1; lag < LAGS; lag++) {
      const then = Math.max(sent[(at - lag) & (KEPT - 1)]!, QUIETEST_SENT_DB) - this.sentMean;
      sentVariance[lag]! += rate * (then * then - sentVariance[lag]!);
      covariance[lag]! += rate * (change * then - covariance[lag]!);
      const found = covariance[lag]! / Math.sqrt(sentVariance[lag]! * this.comesVariance + 1);
      if (found <= correlation) continue;
      correlation = found;
      this.best = lag;
    }
    if (correlation === 0) this.best = 0;
    this.correlation = correlation;
  }

  /** Once for each frame, whether it was learned from or not. */
  decide(): void {
    this.lowFor = this.correlation < DOUBTED ? this.lowFor + 1 : 0;
    if (this.correlation > BELIEVED && this.isSure && this.comesVariance > LEAST_VARIANCE) {
      this.lag = this.best;
    } else if (this.lowFor > FORGET_FRAMES) {
      this.lag = 0;
    }
    this.seen++;
  }
}
