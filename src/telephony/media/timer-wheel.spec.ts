import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { Sleeper, TimerWheel } from './timer-wheel.js';

class Probe extends Sleeper {
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
    class Again extends Sleeper {
      wake(now: number): void {
        woken.push(now);
        if (woken.length < 5) wheel.arrange(this, now + (woken.length === 2 ? 0 : 20));
      }
    }
    const again = new Again();
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

  it('lets one that wakes call off or move the others of its moment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('wakes', 'calls off', 'moves', 'throws'), { maxLength: 12 }),
        (kinds) => {
          const wheel = new TimerWheel();
          const woken: number[] = [];
          const expected: number[] = [];
          const sleepers = kinds.map((kind, index) => {
            class One extends Sleeper {
              wake(): void {
                woken.push(index);
                const other = sleepers[index + 1];
                if (other && kind === 'calls off') wheel.cancel(other);
                if (other && kind === 'moves') wheel.arrange(other, performance.now() + 700);
                if (kind === 'throws') throw new Error('a sleeper failed');
              }
            }
            return new One();
          });
          for (let index = 0; index < kinds.length; index += 1) {
            expected.push(index);
            // The one behind it is not woken in this moment.
            if (kinds[index] === 'calls off' || kinds[index] === 'moves') index += 1;
          }
          const due = performance.now() + 20;
          for (const sleeper of sleepers) wheel.arrange(sleeper, due);
          const run = (ms: number): void => {
            try {
              jest.advanceTimersByTime(ms);
            } catch {
              run(ms);
            }
          };
          run(100);
          expect(woken).toEqual(expected);
        },
      ),
    );
  });
});
