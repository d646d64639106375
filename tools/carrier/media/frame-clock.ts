/** Called once for every 20 ms of a stream, in order, also for those that were missed. */
export type FrameListener = (frame: number) => void;

interface Subscription {
  startedAt: number;
  next: number;
  listener: FrameListener;
}

/** The length of a media frame in milliseconds. */
export const FRAME_MS = 20;

/**
 * One timer for all streams, on the monotonic clock. Frame n of a stream is due
 * at its start + n × 20 ms. After a late timer the missed frames follow at once, so no drift builds up.
 */
export class FrameClock {
  private readonly subscriptions = new Set<Subscription>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The first frame is due 20 ms from now. Returns the function that ends the pacing. */
  join(listener: FrameListener): () => void {
    const subscription = { startedAt: this.now(), next: 1, listener };
    this.subscriptions.add(subscription);
    this.arm();
    return () => {
      this.subscriptions.delete(subscription);
      if (this.subscriptions.size === 0) this.stop();
    };
  }

  /** The number of streams that are being paced. */
  get size(): number {
    return this.subscriptions.size;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.subscriptions.clear();
  }

  private arm(): void {
    clearTimeout(this.timer);
    let earliest = Number.POSITIVE_INFINITY;
    for (const { startedAt, next } of this.subscriptions) {
      earliest = Math.min(earliest, startedAt + next * FRAME_MS);
    }
    if (earliest === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.tick(), Math.max(1, earliest - this.now()));
  }

  private tick(): void {
    for (const subscription of this.subscriptions) {
      while (
        this.subscriptions.has(subscription) &&
        subscription.startedAt + subscription.next * FRAME_MS <= this.now()
      ) {
        subscription.listener(subscription.next++);
      }
    }
    this.arm();
  }
}
