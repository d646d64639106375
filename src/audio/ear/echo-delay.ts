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
/** Where each number is, behind the levels that were sent. */
const VARIANCE = KEPT;
const COVARIANCE = VARIANCE + LAGS;
const CORRELATION = COVARIANCE + LAGS;
const COMES_MEAN = CORRELATION + 1;
const COMES_VARIANCE = CORRELATION + 2;
const SENT_MEAN = CORRELATION + 3;
const NUMBERS = CORRELATION + 4;

/**
 * How much later the agent's voice comes back as an echo: the delay at which the level of what comes follows that
 * of what was sent.
 */
export class EchoDelay {
  /** In frames; 0: not known. */
  lag = 0;
  /** Frames that were looked at. */
  private seen = 0;
  private lowFor = 0;
  private best = 0;
  /** All in one place, and small: see {@link LevelMeter}. */
  private readonly numbers = new Float32Array(NUMBERS);

  constructor() {
    const { numbers } = this;
    numbers.fill(FLOOR_DB, 0, VARIANCE);
    numbers.fill(1, VARIANCE, COVARIANCE);
    numbers[COMES_MEAN] = FLOOR_DB;
    numbers[COMES_VARIANCE] = 1;
    numbers[SENT_MEAN] = FLOOR_DB;
  }

  /** How well what comes follows what was sent, from 0 to 1. */
  get correlation(): number {
    return this.numbers[CORRELATION]!;
  }

  get isSure(): boolean {
    return this.seen > SURE_AFTER_FRAMES;
  }

  /** The level that was sent, of the frame that is kept at `at`. */
  keep(at: number, sent: number): void {
    this.numbers[at] = sent;
  }

  /**
   * Learns from a frame.
   * @param at where it is kept
   * @param comes the level of what came, at least that of the noise
   */
  learn(at: number, comes: number): void {
    const { numbers } = this;
    const rate = 1 / Math.min(MEMORY_FRAMES, FIRST_MEMORY_FRAMES + this.seen / 2);
    const comesMean = numbers[COMES_MEAN]! + rate * (comes - numbers[COMES_MEAN]!);
    const change = comes - comesMean;
    const variance = numbers[COMES_VARIANCE]!;
    const comesVariance = variance + rate * (change * change - variance);
    const sentNow = Math.max(numbers[at]!, QUIETEST_SENT_DB);
    const sentMean = numbers[SENT_MEAN]! + rate * (sentNow - numbers[SENT_MEAN]!);
    numbers[COMES_MEAN] = comesMean;
    numbers[COMES_VARIANCE] = comesVariance;
    numbers[SENT_MEAN] = sentMean;
    let correlation = 0;
    for (let lag = 1; lag < LAGS; lag++) {
      const then = Math.max(numbers[(at - lag) & (KEPT - 1)]!, QUIETEST_SENT_DB) - sentMean;
      const varied = numbers[VARIANCE + lag]!;
      const sentVariance = varied + rate * (then * then - varied);
      const covaried = numbers[COVARIANCE + lag]!;
      const covariance = covaried + rate * (change * then - covaried);
      numbers[VARIANCE + lag] = sentVariance;
      numbers[COVARIANCE + lag] = covariance;
      const found = covariance / Math.sqrt(sentVariance * comesVariance + 1);
      if (found <= correlation) continue;
      correlation = found;
      this.best = lag;
    }
    if (correlation === 0) this.best = 0;
    numbers[CORRELATION] = correlation;
  }

  /** Once for each frame, whether it was learned from or not. */
  decide(): void {
    const { correlation } = this;
    this.lowFor = correlation < DOUBTED ? this.lowFor + 1 : 0;
    const isVaried = this.numbers[COMES_VARIANCE]! > LEAST_VARIANCE;
    if (correlation > BELIEVED && this.isSure && isVaried) {
      this.lag = this.best;
    } else if (this.lowFor > FORGET_FRAMES) {
      this.lag = 0;
    }
    this.seen++;
  }
}
