import { describe, expect, it } from '@jest/globals';
import { RegularCheck } from './regular-check.js';
import { TimerWheel } from './timer-wheel.js';

describe('a look at a session', () => {
  const begin = (check: (now: number) => void, wheel = new TimerWheel()) => ({
    wheel,
    look: new RegularCheck(wheel, check),
    from: performance.now(),
  });

  it('comes twice a second, and not after its end', () => {
    const at: number[] = [];
    const { wheel, look, from } = begin((now) => at.push(now));
    for (let ms = 0; ms <= 2_000; ms += 10) wheel.turn(from + ms);
    const pauses = at.slice(1).map((now, nth) => now - (at[nth] ?? 0));
    expect(pauses.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(520);
    const looks = at.length;
    look.stop();
    for (let ms = 2_000; ms <= 4_000; ms += 10) wheel.turn(from + ms);
    expect(at).toHaveLength(looks);
    expect(look.wakeAt).toBeNull();
  });

  it('ends where the look itself ends it', () => {
    let looks = 0;
    const { wheel, look, from } = begin(() => {
      looks += 1;
      look.stop();
    });
    for (let ms = 0; ms <= 2_000; ms += 10) wheel.turn(from + ms);
    expect(looks).toBe(1);
    expect(look.wakeAt).toBeNull();
  });

  it('comes at another moment for each', () => {
    const wheel = new TimerWheel();
    const seen = new Map<number, number>();
    const looks = Array.from({ length: 50 }, (_, nth) => {
      // Sessions begin one after another.
      const until = performance.now() + 1;
      while (performance.now() < until);
      return new RegularCheck(wheel, (now) => seen.set(nth, now));
    });
    const from = performance.now();
    for (let ms = 0; ms <= 700; ms += 5) wheel.turn(from + ms);
    expect(seen.size).toBe(50);
    expect(new Set(seen.values()).size).toBeGreaterThan(5);
    for (const look of looks) look.stop();
  });
});
