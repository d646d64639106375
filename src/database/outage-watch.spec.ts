import { expect, it } from '@jest/globals';
import { until } from '../../test/support/patience.js';
import { OutageWatch } from './outage-watch.js';
import { StoreUnavailableError } from './store-errors.js';

const unavailable = new StoreUnavailableError('no answer');

/** @param answers of the questions, in turn; the last one goes on */
function watchWith(...answers: boolean[]) {
  const told: string[] = [];
  const watch = new OutageWatch(1, {
    ask: () => {
      told.push('asked');
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer ? Promise.resolve() : Promise.reject(unavailable);
    },
    away: () => told.push('away'),
    back: () => told.push('back'),
  });
  return { watch, told };
}

it('asks nothing while requests are answered, or fail for a reason of their own', async () => {
  const { watch, told } = watchWith(true);
  expect(await watch.watch(Promise.resolve(7))).toBe(7);
  await expect(watch.watch(Promise.reject(new Error('not so')))).rejects.toThrow('not so');
  expect(told).toEqual([]);
});

it('asks once after a single slow request, which is no outage', async () => {
  const { watch, told } = watchWith(true);
  await expect(watch.watch(Promise.reject(unavailable))).rejects.toBe(unavailable);
  await until(() => told.includes('back'));
  expect(told).toEqual(['asked', 'back']);
});

it('asks for all that failed at once, until it is answered', async () => {
  const { watch, told } = watchWith(false, false, true);
  const failed = Array.from({ length: 5 }, () => watch.watch(Promise.reject(unavailable)));
  await Promise.allSettled(failed);
  await until(() => told.includes('back'));
  expect(told).toEqual(['asked', 'away', 'asked', 'away', 'asked', 'back']);
});

it('asks and tells nothing more once it has ended', async () => {
  const { watch, told } = watchWith(false);
  await expect(watch.watch(Promise.reject(unavailable))).rejects.toBe(unavailable);
  await until(() => told.length > 3);
  watch.end();
  const before = told.length;
  await expect(watch.watch(Promise.reject(unavailable))).rejects.toBe(unavailable);
  await new Promise((resolve) => setTimeout(resolve, 20));
  // A question that was under way is the last one.
  expect(told.length - before).toBeLessThanOrEqual(1);
});
