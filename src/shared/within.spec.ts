import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LATE, within } from './within.js';

describe('within', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const never = new Promise<never>(() => undefined);

  it('settles as the work does, and leaves no timer behind', async () => {
    await expect(within(1_000, Promise.resolve(7))).resolves.toBe(7);
    await expect(within(1_000, Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('reports that the work is late when the time is over, and not before', async () => {
    let said: unknown = 'nothing';
    const saying = within(1_000, never).then((what) => (said = what));
    await jest.advanceTimersByTimeAsync(999);
    expect(said).toBe('nothing');
    await jest.advanceTimersByTimeAsync(1);
    await saying;
    expect(said).toBe(LATE);
  });

  it('ignores work that fails after its time', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const { promise, reject } = promiseOfOurs();
    const saying = within(10, promise);
    await jest.advanceTimersByTimeAsync(10);
    await expect(saying).resolves.toBe(LATE);
    reject(new Error('too late'));
    jest.useRealTimers();
    await new Promise((next) => setImmediate(next));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

function promiseOfOurs(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject!: (error: Error) => void;
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  return { promise, reject };
}
