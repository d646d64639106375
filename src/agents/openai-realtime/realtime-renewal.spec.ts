import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RealtimeRenewal } from './realtime-renewal.js';

const MINUTE = 60_000;

class Line {
  isClosed = false;

  close(): void {
    this.isClosed = true;
  }
}

describe('a session that will end', () => {
  let clock: number;
  let isPause: boolean;
  let opened: Array<{ line: Line; at: number }>;
  let taken: Array<{ line: Line; recent: Buffer; at: number }>;
  let renewal: RealtimeRenewal<Line>;

  beforeEach(() => {
    jest.useFakeTimers();
    clock = 0;
    isPause = true;
    opened = [];
    taken = [];
    renewal = new RealtimeRenewal<Line>(
      {
        isPause: () => isPause,
        open: () => {
          const line = new Line();
          opened.push({ line, at: clock });
          return line;
        },
        take: (line, recent) => taken.push({ line, recent, at: clock }),
      },
      () => clock,
    );
  });
  afterEach(() => {
    renewal.stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 50) {
      clock += 50;
      jest.advanceTimersByTime(50);
    }
  };
  const latest = (): Line => opened.at(-1)!.line;

  it('is followed by another that is opened five minutes ahead, and takes over once it is set up', () => {
    renewal.begun(null);
    pass(54 * MINUTE);
    expect(opened).toEqual([]);
    pass(MINUTE + 3_000);
    expect(opened).toHaveLength(1);
    expect(opened[0]!.at).toBeGreaterThanOrEqual(55 * MINUTE);
    pass(5_000);
    expect(taken).toEqual([]);
    renewal.ready(latest(), null);
    pass(300);
    expect(taken.map(({ line }) => line)).toEqual([latest()]);
    expect(latest().isClosed).toBe(false);
    // That one, too, lasts an hour.
    pass(54 * MINUTE);
    expect(opened).toHaveLength(1);
    pass(2 * MINUTE);
    expect(opened).toHaveLength(2);
  });

  it('is renewed at a pause of two seconds alone, also when the other is set up', () => {
    renewal.begun(null);
    isPause = false;
    pass(57 * MINUTE);
    expect(opened).toEqual([]);
    isPause = true;
    pass(1_500);
    isPause = false;
    pass(500);
    isPause = true;
    pass(1_500);
    expect(opened).toEqual([]);
    pass(1_000);
    expect(opened).toHaveLength(1);
    isPause = false;
    renewal.ready(latest(), null);
    pass(10_000);
    expect(taken).toEqual([]);
    isPause = true;
    pass(1_900);
    expect(taken).toEqual([]);
    pass(500);
    expect(taken).toHaveLength(1);
    expect(opened).toHaveLength(1);
  });

  it('goes on when the other cannot be had, which is tried again after 30 seconds', () => {
    renewal.begun(null);
    pass(55 * MINUTE + 3_000);
    renewal.failed(latest());
    pass(29_000);
    expect(opened).toHaveLength(1);
    pass(2_000);
    expect(opened).toHaveLength(2);
    renewal.ready(latest(), null);
    pass(300);
    expect(taken.map(({ line }) => line)).toEqual([opened[1]!.line]);
  });

  it('hands over the last second of the caller, so that no beginning of a word is lost', () => {
    renewal.begun(null);
    renewal.heard(Buffer.alloc(160, 1));
    pass(55 * MINUTE + 3_000);
    for (let frame = 0; frame < 200; frame += 1) renewal.heard(Buffer.alloc(160, frame));
    renewal.ready(latest(), null);
    pass(300);
    const { recent } = taken[0]!;
    expect(recent).toHaveLength(8_000);
    expect([recent[0], recent.at(-1)]).toEqual([150, 199]);
  });

  it('closes the other when it is lost itself', () => {
    renewal.begun(null);
    pass(55 * MINUTE + 3_000);
    renewal.stop();
    expect(latest().isClosed).toBe(true);
    pass(10 * MINUTE);
    expect([opened.length, taken.length]).toEqual([1, 0]);
  });

  it.each([
    ['30 minutes', 30 * MINUTE, 25 * MINUTE],
    ['four minutes', 4 * MINUTE, 2 * MINUTE],
    ['a time that is over, by a wrong clock', -MINUTE, 55 * MINUTE],
    ['a day, by a wrong clock', 24 * 60 * MINUTE, 55 * MINUTE],
  ])('which lasts %s, as the server says, is renewed in time', (_, lasts, due) => {
    renewal.begun(lasts);
    pass(due - 1_000);
    expect(opened).toEqual([]);
    pass(4_000);
    expect(opened).toHaveLength(1);
  });
});
