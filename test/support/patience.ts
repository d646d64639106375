import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';

/**
 * How long a test waits for what should happen, in milliseconds. Only a hang exceeds it, however
 * busy the machine is; Jest's own limit, three times as long, cannot report what the test waited
 * for.
 */
export const PATIENCE_MS = 60_000;

/** Whether this is `npm run test:long`, which needs an otherwise idle machine. */
export const LONG = process.env['LONG_TESTS'] === '1';

/**
 * Whether the proofs with several whole services under calls run: in `npm run test:long`, and with
 * `PROOFS=1` in a small form, for work on them.
 */
export const PROOFS = LONG || process.env['PROOFS'] === '1';

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
 * Compares a duration with its limit where the machine is idle, in `npm run test:long`. Elsewhere
 * the duration depends more on the machine than on our code, and must only show that the work ends.
 */
export function expectQuick(tookMs: number, limitMs: number): void {
  expect(tookMs).toBeLessThan(LONG ? limitMs : PATIENCE_MS);
}

/**
 * The processor time that `work` takes, in milliseconds, without other work of the machine. For
 * limits that distinguish a linear algorithm from a quadratic one, with a factor of ten to spare.
 */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
