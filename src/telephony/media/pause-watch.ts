import { FrameClassifier } from '../../audio/frame-classifier.js';

/** Silence of the caller that counts as a pause. */
const PAUSE_MS = 300;

/** Whether a caller is silent, while somebody waits for that. */
export class PauseWatch {
  private readonly classifier = new FrameClassifier();
  private soundAt: number;

  /**
   * @param now of the process's monotonic clock, here and below
   * @param pauseMs how much silence counts
   */
  constructor(
    now: number,
    private readonly pauseMs: number = PAUSE_MS,
  ) {
    this.soundAt = now;
  }

  /** What the caller said, as it came: μ-law, mostly 20 ms. */
  hear(mulaw: Buffer, now: number): void {
    if (this.classifier.push(mulaw) !== 'quiet') this.soundAt = now;
  }

  isQuiet(now: number): boolean {
    return now - this.soundAt >= this.pauseMs;
  }
}
