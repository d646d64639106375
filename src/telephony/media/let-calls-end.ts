import { setTimeout as sleep } from 'node:timers/promises';
import type { DrainStep } from '../../shared/draining.js';

const POLL_MS = 100;
/** How often those who wait are told how many calls there are still. */
const TELL_EVERY_MS = 5_000;

/**
 * Resolves when no call is left or the time is up, and reports progress.
 *
 * @param timeoutMs how long calls may take in all; it may change while they do
 */
export async function letCallsEnd(
  calls: () => number,
  timeoutMs: () => number,
  tell: (step: DrainStep) => void,
  tellEveryMs: number = TELL_EVERY_MS,
): Promise<void> {
  const began = performance.now();
  const leftMs = (): number => Math.max(0, timeoutMs() - (performance.now() - began));
  const say = (step: DrainStep['step']): void =>
    tell({ step, calls: calls(), secondsLeft: Math.ceil(leftMs() / 1000), moved: 0 });
  say('started');
  for (let told = began; calls() > 0 && leftMs() > 0;) {
    await sleep(POLL_MS);
    if (performance.now() - told < tellEveryMs || calls() === 0) continue;
    told = performance.now();
    say('waiting');
  }
}
