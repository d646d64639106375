import { describe, expect, it } from '@jest/globals';
import { MULAW_FRAME_BYTES } from '../../audio/mulaw.js';
import { Playout } from './playout.js';
import { TimerWheel } from './timer-wheel.js';

const LEAD_MS = 160;

/** When the frames of two seconds that are written at once leave, while the wheel turns so often. */
function sentAt(turnsEveryMs: number): number[] {
  let now = 1_000;
  const sent: number[] = [];
  const wheel = new TimerWheel(() => now);
  const playout = new Playout({
    line: {
      audio: () => {
        sent.push(now - 1_000);
        return true;
      },
      mark: () => true,
      clear: () => undefined,
    },
    wheel,
    now: () => now,
    onFlood: () => undefined,
  });
  playout.write(Buffer.alloc(100 * MULAW_FRAME_BYTES, 1));
  for (; sent.length < 100; now += turnsEveryMs) wheel.turn(now);
  playout.end();
  return sent;
}

describe('what waits to be played', () => {
  it.each([1, 3, 7])(
    'leaves a frame at a time, where the timer is late by up to %d ms',
    (turnsEveryMs) => {
      const times = sentAt(turnsEveryMs);
      const ahead = times.findIndex((at) => at > 0);
      expect(ahead * 20).toBe(LEAD_MS);
      const gaps = times.slice(ahead + 1).map((at, n) => at - (times[ahead + n] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(20 - turnsEveryMs - 5);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(20 + turnsEveryMs + 5);
    },
  );

  it('is never further ahead of what is heard, and never behind it', () => {
    for (const [n, at] of sentAt(7).entries()) {
      expect((n + 1) * 20 - at).toBeLessThanOrEqual(LEAD_MS);
      if (at > 0) expect((n + 1) * 20 - at).toBeGreaterThan(LEAD_MS - 40);
    }
  });
});
