import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { withinDeadline } from './deadline.js';

const unavailable = { code: 'store_unavailable', retryable: true };

test('work in time settles as it does', async () => {
  await expect(withinDeadline(Promise.resolve(7), 50)).resolves.toBe(7);
  await expect(withinDeadline(Promise.reject(new Error('mine')), 50)).rejects.toThrow('mine');
});

test('work that takes too long is given up, and what becomes of it disturbs nobody', async () => {
  const slow = sleep(40).then(() => {
    throw new Error('too late to matter');
  });
  await expect(withinDeadline(slow, 10)).rejects.toMatchObject(unavailable);
  await sleep(60);
});

test('a store that is away is told as such, with its own words as the cause', async () => {
  const cause = Object.assign(new Error('down'), { code: '57P01' });
  await expect(withinDeadline(Promise.reject(cause), 50)).rejects.toMatchObject({
    ...unavailable,
    cause,
  });
});
