import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { only, type Family } from './family.js';

/** How often the event loop is sampled; what is measured contains it. */
const SAMPLE_MS = 10;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/**
 * The process itself: event loop, memory, processor. Not prom-client's default
 * collectors, because those cannot be stopped again and observe every garbage
 * collection.
 */
@Injectable()
export class ProcessMetrics implements OnModuleInit, OnApplicationShutdown {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: SAMPLE_MS });

  onModuleInit(): void {
    this.delay.enable();
  }

  onApplicationShutdown(): void {
    this.delay.disable();
  }

  families(): Family[] {
    return [
      {
        name: 'event_loop_lag_seconds',
        help: 'By how much the event loop was late since the last scrape, as quantiles.',
        type: 'gauge',
        read: () => this.lag(),
      },
      {
        name: 'process_cpu_seconds_total',
        help: 'Processor time, by mode.',
        type: 'counter',
        read: () => {
          const { user, system } = process.cpuUsage();
          return [
            { labels: { mode: 'user' }, value: user / MICROSECONDS },
            { labels: { mode: 'system' }, value: system / MICROSECONDS },
          ];
        },
      },
      {
        name: 'process_memory_bytes',
        help: 'Memory, by kind: resident, the heap in use and in all, and outside of it.',
        type: 'gauge',
        read: () => {
          const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
          return Object.entries({
            resident: rss,
            heap_used: heapUsed,
            heap_total: heapTotal,
            external,
          }).map(([kind, value]) => ({ labels: { kind }, value }));
        },
      },
      {
        name: 'process_open_files',
        help: 'Open file descriptors, sockets among them; Linux only.',
        type: 'gauge',
        read: openFiles,
      },
      {
        name: 'process_start_time_seconds',
        help: 'When the process started, since 1970.',
        type: 'gauge',
        read: () => only(performance.timeOrigin / 1000),
      },
    ];
  }

  private lag() {
    const seconds = (nanoseconds: number): number =>
      Math.max(0, nanoseconds / NANOSECONDS - SAMPLE_MS / 1000);
    const samples = [50, 99, 100].map((percent) => ({
      labels: { quantile: String(percent / 100) },
      value: this.delay.count === 0 ? 0 : seconds(this.delay.percentile(percent)),
    }));
    this.delay.reset();
    return samples;
  }
}

function openFiles() {
  try {
    return only(readdirSync('/proc/self/fd').length);
  } catch {
    return [];
  }
}
