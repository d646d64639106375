import { describe, expect, it } from '@jest/globals';
import { Histogram } from './histogram.js';
import { MillisecondCounts } from './millisecond-counts.js';
import { Tally } from './tally.js';

describe('a tally', () => {
  it('of known words has every combination from the start, as zero', () => {
    const tally = new Tally({ a: ['x', 'y'], b: ['1', '2'] });
    tally.add({ a: 'y', b: '1' });
    expect(tally.counted()).toEqual([
      { labels: { a: 'x', b: '1' }, count: 0 },
      { labels: { a: 'x', b: '2' }, count: 0 },
      { labels: { a: 'y', b: '1' }, count: 1 },
      { labels: { a: 'y', b: '2' }, count: 0 },
    ]);
  });

  it('counts a word that its label does not list as other', () => {
    const tally = new Tally({ a: ['x'] });
    tally.add({ a: '+12025550143' });
    tally.add({ a: 'z' });
    expect(tally.counted()).toContainEqual({ labels: { a: 'other' }, count: 2 });
    expect(tally.counted()).toHaveLength(2);
  });

  it('of unknown words is bounded, and loses no count', () => {
    const tally = new Tally({ a: null });
    for (let n = 0; n < 1_000; n += 1) tally.add({ a: `word-${n}` });
    const counted = tally.counted();
    expect(counted.length).toBeLessThanOrEqual(201);
    expect(counted.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    expect(counted.at(-1)).toEqual({ labels: { a: 'other' }, count: 800 });
  });
});

describe('a histogram', () => {
  it('counts each value in its bucket and all higher ones', async () => {
    const histogram = new Histogram('h', 'A histogram.', [0.1, 1, 10]);
    for (const seconds of [0, 0.1, 0.5, 10, 11]) histogram.observe(seconds);
    const { values } = await histogram.get();
    expect(values.map(({ labels, value, metricName }) => [metricName, labels.le, value])).toEqual([
      ['h_bucket', 0.1, 2],
      ['h_bucket', 1, 3],
      ['h_bucket', 10, 4],
      ['h_bucket', '+Inf', 5],
      ['h_sum', undefined, 21.6],
      ['h_count', undefined, 5],
    ]);
  });
});

describe('counts by the millisecond', () => {
  it('are reported as a histogram in seconds', () => {
    const counts = new MillisecondCounts();
    for (const ms of [0, 0.9, 4.2, 5, 159.99, 70_000]) counts.note(ms);
    const { bounds, atMost, count, sum } = counts.read();
    const below = (bound: number): number | undefined => atMost[bounds.indexOf(bound)];
    expect([below(0.001), below(0.005), below(0.01), below(0.1), below(0.16), below(1)]).toEqual([
      2, 3, 4, 4, 5, 5,
    ]);
    expect(count).toBe(6);
    // Longer durations count as the longest one that is distinguished.
    expect(sum).toBeCloseTo((0.5 + 0.5 + 4.5 + 5.5 + 159.5 + 1_024.5) / 1_000, 6);
  });
});
