import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';

/**
 * How long a test waits for what should happen, in milliseconds. It is a net that only a hang falls into,
 * on however busy a machine; Jest's own, three times as wide, cannot say what was waited for.
 */
export const PATIENCE_MS = 60_000;

/** Whether this is `npm run test:long`, which wants a machine that does nothing else. */
export const LONG = process.env['LONG_TESTS'] === '1';

type Found<T> = T | null | undefined | false | '' | 0;

/** Resolves with what `look` finds, once that is truthy; looks every few milliseconds. */
export async function until<T>(
  look: () => Found<T> | Promise<Found<T>>,
  what = String(look),
): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > giveUpAt) throw new Error(`it did not come to this: ${what}`);
    await sleep(5);
  }
}

/**
 * Holds a duration against its limit where the machine is quiet, in `npm run test:long`. Elsewhere it says
 * more of the machine than of us, and must only show that there is an end to it.
 */
export function expectQuick(tookMs: number, limitMs: number): void {
  expect(tookMs).toBeLessThan(LONG ? limitMs : PATIENCE_MS);
}

/**
 * The processor's time that `work` takes, in milliseconds: what else the machine does is not in it. For
 * limits that tell a linear algorithm from a quadratic one, with a factor of ten to spare.
 */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
