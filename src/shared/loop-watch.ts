import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

/** The length of a frame of audio; a finer resolution would cost more wake-ups than it is worth. */
const RESOLUTION_MS = 20;
const WINDOW_MS = 60_000;
const NANOS_PER_MS = 1e6;

/** How late timers fired, in milliseconds. */
export interface LoopLag {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** The length of the measured period. */
  windowMs: number;
}

/** Measures how late the event loop is, over the last one to two minutes. */
@Injectable()
export class LoopWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({
    resolution: RESOLUTION_MS,
  });
  private since = performance.now();
  private previous: LoopLag | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** Measures only from here on: long computations during the start disturb no call. */
  onApplicationBootstrap(): void {
    this.histogram.enable();
    this.since = performance.now();
    this.timer = setInterval(() => {
      this.previous = this.current();
      this.since = performance.now();
      this.histogram.reset();
    }, WINDOW_MS);
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
    this.histogram.disable();
  }

  report(): LoopLag {
    const now = this.current();
    const { previous } = this;
    if (!previous) return now;
    return {
      p50Ms: Math.max(now.p50Ms, previous.p50Ms),
      p99Ms: Math.max(now.p99Ms, previous.p99Ms),
      maxMs: Math.max(now.maxMs, previous.maxMs),
      windowMs: now.windowMs + previous.windowMs,
    };
  }

  private current(): LoopLag {
    return {
      p50Ms: lateness(this.histogram.percentile(50)),
      p99Ms: lateness(this.histogram.percentile(99)),
      maxMs: lateness(this.histogram.max),
      windowMs: Math.round(performance.now() - this.since),
    };
  }
}

/** Node measures from tick to tick; the time beyond the resolution is the lateness. */
function lateness(nanos: number): number {
  const ms = nanos / NANOS_PER_MS - RESOLUTION_MS;
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms * 10) / 10) : 0;
}
