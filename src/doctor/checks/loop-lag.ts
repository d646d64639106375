import { down, up, warn, type Check } from '../check.js';

/** A frame of audio is 20 ms. */
const WARN_P99_MS = 50;
const WARN_MAX_MS = 1_000;
const DOWN_P99_MS = 250;
/** The start of the service itself blocks the loop for a moment. */
const JUDGED_FROM_MS = 10_000;

/** Does anything block the event loop? */
export const loopLag: Check = {
  name: 'loop-lag',
  title: 'The event loop',
  group: 'Media streams',
  look({ loop }) {
    const { p50Ms, p99Ms, maxMs, windowMs } = loop.report();
    const detail = { p50_ms: p50Ms, p99_ms: p99Ms, max_ms: maxMs, window_ms: windowMs };
    const seen = `Timers were late by ${p99Ms} ms at the 99th percentile and ${maxMs} ms at most, over the last ${Math.round(windowMs / 1000)} s.`;
    if (windowMs < JUDGED_FROM_MS) {
      return up(`${seen} The service has just started; this is judged after ten seconds.`, detail);
    }
    if (p99Ms < WARN_P99_MS && maxMs < WARN_MAX_MS) return up(seen, detail);
    const fix =
      'Something computes too long in one go, or the machine is short of CPU: look at agents of your own first, then lower MAX_CONCURRENT_CALLS.';
    return (p99Ms < DOWN_P99_MS ? warn : down)(seen, fix, detail);
  },
};
