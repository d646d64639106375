import { describe, expect, it } from '@jest/globals';
import { DialPace } from './dial-pace.js';

describe('the pace of dials', () => {
  it('the first dial may start at once, and the next ones follow one after another', () => {
    const pace = new DialPace(2);
    expect([pace.take(1_000), pace.take(1_000), pace.take(1_000)]).toEqual([0, 500, 1_000]);
  });

  it('time that passes frees places', () => {
    const pace = new DialPace(1);
    expect(pace.take(0)).toBe(0);
    expect(pace.take(400)).toBe(600);
    expect(pace.take(10_000)).toBe(0);
  });

  it('a quiet hour is not saved up for a burst', () => {
    const pace = new DialPace(1);
    pace.take(0);
    expect([pace.take(3_600_000), pace.take(3_600_000)]).toEqual([0, 1_000]);
  });

  it('a fraction means less than one a second', () => {
    const pace = new DialPace(0.1);
    expect([pace.take(0), pace.take(0)]).toEqual([0, 10_000]);
  });

  it('a place that nobody waits for stays free, so a flood delays only the next minute', () => {
    const pace = new DialPace(1);
    const waits = Array.from({ length: 500 }, () => pace.take(0));
    expect(waits.filter((wait) => wait <= 60_000)).toHaveLength(61);
    expect(pace.take(30_000)).toBe(31_000);
  });

  it('of two dials with different patience, the one that cannot wait takes no place', () => {
    const pace = new DialPace(1);
    pace.take(0);
    expect(pace.take(0, 500)).toBe(1_000);
    expect(pace.take(0, 1_000)).toBe(1_000);
  });

  it('a flood above the pace is dialled at the pace, however long it lasts', () => {
    const pace = new DialPace(1);
    const dialled = new Set<number>();
    for (let now = 0; now < 600_000; now += 500) {
      const wait = pace.take(now);
      if (wait <= 60_000 && now + wait < 600_000) dialled.add(now + wait);
    }
    expect(dialled.size).toBe(600);
  });
});
