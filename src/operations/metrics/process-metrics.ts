import { readdirSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { LoopWatch } from '../../shared/loop-watch.js';
import { only, summaryText, type Family } from './family.js';

const MILLISECONDS = 1e3;
const MICROSECONDS = 1e6;

/**
 * Metrics of the process itself: event loop, memory, processor. They replace prom-client's
 * default collectors, because those cannot be stopped again and observe every garbage
 * collection.
 */
@Injectable()
export class ProcessMetrics {
  constructor(private readonly loop: LoopWatch) {}

  families(): Family[] {
    return [
      {
        name: 'process_cpu_seconds_total',
        help: 'Processor time, by mode.',
        type: 'counter',
        labels: ['mode'],
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
        labels: ['kind'],
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

  lagText(): string {
    const { p50Ms, p99Ms, maxMs } = this.loop.report();
    return summaryText(
      'event_loop_lag_seconds',
      'How late the event loop was in the last minute or two, as quantiles.',
      { '0.5': p50Ms / MILLISECONDS, '0.99': p99Ms / MILLISECONDS, '1': maxMs / MILLISECONDS },
    );
  }
}

function openFiles() {
  try {
    return only(readdirSync('/proc/self/fd').length);
  } catch {
    return [];
  }
}
