import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { TimerWheel, type Sleeper } from './timer-wheel.js';

class Probe implements Sleeper {
  wakeAt: number | null = null;
  readonly woken: number[] = [];

  wake(now: number): void {
    this.woken.push(now);
  }
}

describe('the wheel', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('wakes each once, never early, at most a slot late; with no timer left over', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 3_000 }), { maxLength: 80 }), (delays) => {
        const wheel = new TimerWheel();
        const begun = performance.now();
        const probes = delays.map((delay) => {
          const probe = new Probe();
          wheel.arrange(probe, begun + delay);
          return { probe, due: begun + Math.max(0, delay) };
        });
        jest.advanceTimersByTime(3_100);
        for (const { probe, due } of probes) {
          expect(probe.woken).toHaveLength(1);
          expect(probe.woken[0]).toBeGreaterThanOrEqual(due - 5);
          expect(probe.woken[0]).toBeLessThanOrEqual(due + 6);
        }
        expect(jest.getTimerCount()).toBe(0);
      }),
    );
  });

  it('keeps the last appointment alone, and none that is cancelled', () => {
    const wheel = new TimerWheel();
    const [moved, cancelled] = [new Probe(), new Probe()];
    wheel.arrange(moved, performance.now() + 20);
    wheel.arrange(moved, performance.now() + 100);
    wheel.arrange(cancelled, performance.now() + 50);
    wheel.cancel(cancelled);
    jest.advanceTimersByTime(1_000);
    expect(moved.woken).toHaveLength(1);
    expect(cancelled.woken).toEqual([]);
  });

  it('may be asked again while it wakes, also for at once', () => {
    const wheel = new TimerWheel();
    const woken: number[] = [];
    const again: Sleeper = {
      wakeAt: null,
      wake: (now) => {
        woken.push(now);
        if (woken.length < 5) wheel.arrange(again, now + (woken.length === 2 ? 0 : 20));
      },
    };
    wheel.arrange(again, performance.now());
    jest.advanceTimersByTime(500);
    expect(woken).toHaveLength(5);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('catches up after the process was held', () => {
    const wheel = new TimerWheel();
    const probes = [20, 700, 1_500].map((delay) => {
      const probe = new Probe();
      wheel.arrange(probe, performance.now() + delay);
      return probe;
    });
    wheel.turn(performance.now() + 5_000);
    expect(probes.map(({ woken }) => woken.length)).toEqual([1, 1, 1]);
  });
});
