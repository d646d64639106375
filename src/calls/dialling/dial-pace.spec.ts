import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { AHEAD_MS, DialPace, OwnPace } from './dial-pace.js';

/** One row of the store, of which moments are taken; in milliseconds. */
class Row {
  private freeAtUs = 0;

  constructor(readonly pace: DialPace) {}

  take(now: number, count = 1, leadMs = 0): number[] {
    const moments = this.pace.moments(this.freeAtUs, now * 1_000, leadMs, count);
    // The store's column holds whole numbers.
    expect(moments.every(Number.isInteger)).toBe(true);
    const last = moments.at(-1);
    if (last !== undefined) this.freeAtUs = last + this.pace.spacingUs;
    return moments.map((moment) => moment / 1_000);
  }

  claimableIn(now: number): number {
    return this.pace.claimableInMs(this.freeAtUs, now * 1_000, 0);
  }

  wait(now: number, ahead: number): number {
    return this.pace.waitMs(this.freeAtUs, now * 1_000, ahead);
  }
}

describe('the pace of dials', () => {
  it('the first dial may start at once, and the next ones follow one after another', () => {
    const row = new Row(new DialPace(20));
    expect([row.take(1_000), row.take(1_000), row.take(1_000)]).toEqual([
      [1_000],
      [1_050],
      [1_100],
    ]);
  });

  it('time that passes frees moments', () => {
    const row = new Row(new DialPace(1));
    expect(row.take(0)).toEqual([0]);
    expect(row.take(950)).toEqual([1_000]);
    expect(row.take(10_000)).toEqual([10_000]);
  });

  it('a quiet hour is not saved up for a burst', () => {
    const row = new Row(new DialPace(10));
    row.take(0);
    expect(row.take(3_600_000, 9)).toEqual([3_600_000, 3_600_100]);
  });

  it('a fraction means less than one a second', () => {
    const row = new Row(new DialPace(0.1));
    expect(row.take(0, 2)).toEqual([0]);
    expect(row.claimableIn(0)).toBe(10_000 - AHEAD_MS);
  });

  it('a moment that is far ahead is nobody’s, so the next dial is chosen when it comes', () => {
    const row = new Row(new DialPace(1));
    row.take(0);
    expect(row.take(0)).toEqual([]);
    expect(row.claimableIn(0)).toBe(900);
    expect(row.take(899)).toEqual([]);
    expect(row.take(900)).toEqual([1_000]);
  });

  it('a claim that takes long has later moments', () => {
    const row = new Row(new DialPace(20));
    expect(row.take(0, 9, 200)).toEqual([200, 250, 300]);
  });

  it('the wait is that for the moment that is free, and for the others before', () => {
    const row = new Row(new DialPace(2));
    expect(row.wait(0, 3)).toBe(1_500);
    row.take(0);
    expect(row.wait(0, 3)).toBe(2_000);
    expect(row.wait(5_000, 0)).toBe(0);
  });

  it.each([
    [0.1, 10_000, 990],
    [1, 1_000, 990],
    [2.5, 400, 190],
    [20, 50, 40],
    [50, 20.589, 40],
    [1_000, 1.049, 40],
  ])('%d dials a second are %d ms apart, and each at most %d ms late', (perSecond, ms, late) => {
    const pace = new DialPace(perSecond);
    expect(pace.spacingUs / 1_000).toBeCloseTo(ms, 3);
    expect(pace.lateMs).toBeCloseTo(late);
  });

  it('a process that dials alone keeps the pace by itself, however late its dials are', () => {
    const rate = fc.integer({ min: 1, max: 60 });
    const due = fc.array(fc.oneof(fc.constant(0), fc.nat(20), fc.nat(3_000)), { maxLength: 200 });
    fc.assert(
      fc.property(rate, due, (perSecond, pauses) => {
        const own = new OwnPace(new DialPace(perSecond));
        const dialledAt: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          for (let wait; (wait = own.take(now)) > 0;) now += Math.ceil(wait);
          dialledAt.push(now);
        }
        for (const [first, from] of dialledAt.entries()) {
          const within = dialledAt.slice(first).filter((at) => at < from + 1_000).length;
          expect(within).toBeLessThanOrEqual(perSecond + 1);
        }
      }),
    );
    const own = new OwnPace(new DialPace(1));
    expect([own.take(0), own.take(0), own.take(10)]).toEqual([0, 10, 0]);
    expect(own.take(10)).toBe(1_000);
  });

  it('no second holds more than one dial above the setting, however late each of them is', () => {
    const rate = fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0.1, max: 9, noNaN: true }),
    );
    const look = fc.record({
      pauseMs: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(2_000)),
      count: fc.integer({ min: 1, max: 20 }),
      leadMs: fc.double({ min: 0, max: 300, noNaN: true }),
      late: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
        minLength: 20,
        maxLength: 20,
      }),
    });
    fc.assert(
      fc.property(rate, fc.array(look, { maxLength: 80 }), (perSecond, looks) => {
        const row = new Row(new DialPace(perSecond));
        const dialledAt: number[] = [];
        let now = 1_000_000;
        for (const { pauseMs, count, leadMs, late } of looks) {
          now += pauseMs;
          for (const [nth, at] of row.take(now, count, leadMs).entries()) {
            dialledAt.push(at + (late[nth] ?? 0) * row.pace.lateMs);
          }
        }
        dialledAt.sort((a, b) => a - b);
        for (const [first, from] of dialledAt.entries()) {
          const within = dialledAt.slice(first).filter((at) => at < from + 1_000).length;
          expect(within).toBeLessThanOrEqual(perSecond + 1);
        }
      }),
    );
  });
});
