// Loaded before the program of every server under test (`node --import`). It
// reports from within how late the server's event loop is, because from outside that
// cannot be told apart from the lateness of the measuring process. It sleeps until it is asked.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { HELPER_THREAD } from './proc.js';
import type { FromProbe, ToProbe } from './plan.js';

/** The probe's own pause, which is part of each measured delay. */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

// In a helper thread (of the service, the voice model) the flag loads this again: only its name is wanted there.
if (isMainThread) answerTheBench();
else if (process.platform === 'linux') writeFileSync('/proc/thread-self/comm', HELPER_THREAD);

function answerTheBench(): void {
  process.on('message', (message: ToProbe) => {
    if (message === 'begin') {
      delays.reset();
      delays.enable();
      return;
    }
    delays.disable();
    const late = (delay: number): number => Math.max(0, delay / NS_PER_MS - RESOLUTION_MS);
    const answer: FromProbe = {
      p50: late(delays.percentile(50)),
      p99: late(delays.percentile(99)),
      max: late(delays.max),
    };
    process.send?.(answer);
  });
  // The parent process is gone.
  process.on('disconnect', () => process.exit(0));
}
