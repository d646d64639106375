import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { withinDeadline } from './deadline.js';

const unavailable = { code: 'store_unavailable', retryable: true };

test('work that finishes in time settles the result', async () => {
  await expect(withinDeadline(Promise.resolve(7), 50)).resolves.toBe(7);
  await expect(withinDeadline(Promise.reject(new Error('mine')), 50)).rejects.toThrow('mine');
});

test('work that takes too long is given up, and its later result has no effect', async () => {
  const slow = sleep(40).then(() => {
    throw new Error('too late to matter');
  });
  await expect(withinDeadline(slow, 10)).rejects.toMatchObject(unavailable);
  await sleep(60);
});

test('a store that is unavailable is reported as such, with its own message as the cause', async () => {
  const cause = Object.assign(new Error('down'), { code: '57P01' });
  await expect(withinDeadline(Promise.reject(cause), 50)).rejects.toMatchObject({
    ...unavailable,
    cause,
  });
});
