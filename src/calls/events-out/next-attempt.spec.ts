import { describe, expect, it } from '@jest/globals';
import { nextAttempt, TRIED_FOR_MS } from './next-attempt.js';

const CREATED = new Date('2026-11-23T00:00:00Z');
const after = (milliseconds: number): Date => new Date(CREATED.getTime() + milliseconds);

describe('a delivery that fails', () => {
  it('is tried again with longer and longer pauses for a day, then given up', () => {
    let now = CREATED;
    const pauses: number[] = [];
    for (let attempts = 0; ; attempts += 1) {
      const next = nextAttempt(attempts, CREATED, now, null);
      if (!next) break;
      pauses.push((next.getTime() - now.getTime()) / 1000);
      now = next;
    }
    expect(pauses.slice(0, 7)).toEqual([5, 30, 120, 600, 1_800, 3_600, 7_200]);
    expect(now.getTime() - CREATED.getTime()).toBeLessThanOrEqual(TRIED_FOR_MS);
    expect(now.getTime() - CREATED.getTime()).toBeGreaterThan(TRIED_FOR_MS - 7_200_000);
    expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
  });

  it('is tried at the very end of its day, and not later', () => {
    expect(nextAttempt(0, CREATED, after(TRIED_FOR_MS - 5_000), null)).toEqual(after(TRIED_FOR_MS));
    expect(nextAttempt(0, CREATED, after(TRIED_FOR_MS - 4_999), null)).toBeNull();
  });

  it.each([
    [0, 60, 60],
    [0, 2, 5],
    [2, 60, 120],
    [0, 0, 5],
  ])('after %i failures, asked to wait %i s, waits %i s', (attempts, asked, waits) => {
    expect(nextAttempt(attempts, CREATED, CREATED, asked)).toEqual(after(waits * 1000));
  });
});
