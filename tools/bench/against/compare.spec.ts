import { describe, expect, it } from '@jest/globals';
import { compare } from './compare.js';

describe('a comparison of rounds', () => {
  const old = [100, 101, 99, 100, 102, 98, 100, 101];
  const oldAgain = [101, 99, 100, 100, 98, 102, 101, 100];
  const times = (factor: number): number[] => old.map((value) => value * factor);

  it('tells the ratios of medians', () => {
    const { ratio, oldRatio } = compare({ old, new: times(1.02), oldAgain: times(0.5) });
    expect(ratio).toBeCloseTo(1.02);
    expect(oldRatio).toBeCloseTo(0.5);
  });

  it('lets pass what is at most 3 % more, and what is less', () => {
    for (const factor of [0.5, 1, 1.029]) {
      expect(compare({ old, new: times(factor), oldAgain }).verdict).toBe('at most 1.03');
    }
  });

  it('calls worse what is more, where old against old hardly differs', () => {
    const { verdict, oldRange } = compare({ old, new: times(1.05), oldAgain });
    expect(verdict).toBe('WORSE');
    expect(oldRange[0]).toBeGreaterThan(0.97);
    expect(oldRange[1]).toBeLessThan(1.03);
  });

  it('lets pass what is more, where old against old differs as much', () => {
    const noisy = [60, 140, 80, 120, 100, 70, 130, 110];
    const { verdict, oldRange } = compare({
      old: noisy,
      new: noisy.map((value) => value * 1.05),
      oldAgain: noisy,
    });
    expect(verdict).toBe('inside old against old');
    expect(oldRange[1]).toBeGreaterThan(1.05);
  });

  it('does not let a slow old program pass for noise', () => {
    const { verdict } = compare({ old, new: times(2), oldAgain });
    expect(verdict).toBe('WORSE');
  });

  it('says the same of the same rounds', () => {
    const rounds = { old, new: times(1.04), oldAgain };
    expect(compare(rounds)).toEqual(compare(rounds));
  });
});
