import { describe, expect, it } from '@jest/globals';
import { CpuBudget } from './cpu-budget.js';

/** How much is spent in so many milliseconds by somebody who always wants more, in pieces of `ms`. */
function spentIn(budget: CpuBudget, duration: number, ms: number, from = 0): number {
  let spent = 0;
  for (let now = from; now < from + duration; now += 1) while (budget.spend(ms, now)) spent += ms;
  return spent;
}

describe('a part of one core', () => {
  it('is what may be spent in the long run, and at first what is saved in two seconds', () => {
    const spent = spentIn(new CpuBudget(10, 0), 60_000, 0.4);
    expect(spent).toBeGreaterThan(6_000);
    expect(spent).toBeLessThanOrEqual(6_200);
  });

  it('what was not spent is saved, but no more than a quarter of a second', () => {
    const budget = new CpuBudget(100, 0);
    spentIn(budget, 10, 1);
    expect(spentIn(budget, 1, 1, 60_000)).toBe(250);
  });

  it('nothing may be spent of nothing', () => {
    expect(new CpuBudget(0, 0).spend(0.1, 60_000)).toBe(false);
  });
});
