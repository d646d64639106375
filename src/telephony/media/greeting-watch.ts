import { PauseWatch } from './pause-watch.js';

/** Silence that ends a greeting: longer than people pause in one, with the beep before it. */
const SILENCE_MS = 2_000;
/** The longest greeting that is waited for. */
const LONGEST_MS = 30_000;

/** Finds the end of an answering machine's greeting where the carrier does not tell it. */
export class GreetingWatch {
  private waiting: { pause: PauseWatch; until: number; resolve: () => void } | null = null;

  /**
   * Resolves after two seconds of silence, at the latest after half a minute; never when the stream
   * ends before.
   */
  over(): Promise<void> {
    return new Promise((resolve) => {
      const now = performance.now();
      this.waiting = { pause: new PauseWatch(now, SILENCE_MS), until: now + LONGEST_MS, resolve };
    });
  }

  /** What the other side says, μ-law, mostly 20 ms. */
  hear(mulaw: Buffer): void {
    this.waiting?.pause.hear(mulaw, performance.now());
  }

  /** About twice a second. */
  check(now: number): void {
    const { waiting } = this;
    if (!waiting || (now < waiting.until && !waiting.pause.isQuiet(now))) return;
    this.waiting = null;
    waiting.resolve();
  }
}
