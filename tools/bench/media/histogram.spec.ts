import { describe, expect, it } from '@jest/globals';
import { Histogram } from './histogram.js';

describe('times in a histogram', () => {
  it('are read by share, to a tenth of a millisecond, rounded up', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 100; ms += 1) histogram.add(ms - 0.05);
    expect([0.5, 0.95, 0.99, 1].map((share) => histogram.at(share))).toEqual([50, 95, 99, 100]);
    expect(histogram.max).toBeCloseTo(99.95);
  });

  it('of several processes are read like those of one', () => {
    const [low, high] = [new Histogram(), new Histogram()];
    for (let n = 0; n < 50; n += 1) {
      low.add(1);
      high.add(20_000);
    }
    const parts = [low, high].map((part) => structuredClone(part.toJSON()));
    const whole = Histogram.of(parts);
    expect(whole.size).toBe(100);
    expect(whole.at(0.4)).toBe(1.1);
    // Times beyond ten seconds share one bucket, but the longest is kept.
    expect(whole.at(0.9)).toBe(10_000);
    expect(whole.max).toBe(20_000);
  });

  it('are zero when there are none', () => {
    expect(new Histogram().at(0.99)).toBe(0);
    expect(Histogram.of([]).max).toBe(0);
  });
});
