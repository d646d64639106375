import type { InboundAudio } from './inbound-audio.js';

const FIRST_INTERVAL_MS = 5_000;
/** After ten minutes two intervals become one, and so on: a day fits. */
const POINTS_MAX = 120;

export interface Series {
  intervalSeconds: number;
  /** Mean at the end of each interval, milliseconds. */
  jitterMs: number[];
  /** The longest pause between two frames. */
  pauseMs: number[];
  /** Put in as silence. */
  filledMs: number[];
}

/**
 * The quality of the caller's audio over time, in few figures, for finding out later when it went
 * wrong.
 */
export class QualitySeries {
  private intervalMs = FIRST_INTERVAL_MS;
  private nextAt: number | null = null;
  private filledBefore = 0;
  private readonly jitter: number[] = [];
  private readonly pause: number[] = [];
  private readonly filled: number[] = [];

  constructor(private readonly inbound: InboundAudio) {}

  get series(): Series {
    return {
      intervalSeconds: this.intervalMs / 1000,
      jitterMs: this.jitter,
      pauseMs: this.pause,
      filledMs: this.filled,
    };
  }

  /** Now and then, at least once in an interval. */
  look(now: number): void {
    this.nextAt ??= now + this.intervalMs;
    if (now < this.nextAt) return;
    this.nextAt += this.intervalMs;
    const { jitterMs, filledMs } = this.inbound.quality;
    this.jitter.push(Math.round(jitterMs * 10) / 10);
    this.pause.push(Math.round(this.inbound.takeLongestPause()));
    this.filled.push(filledMs - this.filledBefore);
    this.filledBefore = filledMs;
    if (this.jitter.length === POINTS_MAX) this.halve();
  }

  private halve(): void {
    for (let at = 0; at < POINTS_MAX / 2; at += 1) {
      const two = (all: number[]): [number, number] => [all[2 * at] ?? 0, all[2 * at + 1] ?? 0];
      this.jitter[at] = Math.max(...two(this.jitter));
      this.pause[at] = Math.max(...two(this.pause));
      this.filled[at] = two(this.filled)[0] + two(this.filled)[1];
    }
    for (const points of [this.jitter, this.pause, this.filled]) points.length = POINTS_MAX / 2;
    this.intervalMs *= 2;
  }
}
