import { expect, it } from '@jest/globals';
import { DiskTurns } from './disk-turns.js';

it('a few write at a time, in the order in which they came, whoever fails', async () => {
  const turns = new DiskTurns();
  const begun: number[] = [];
  const ends: Array<(error?: Error) => void> = [];
  const works = [0, 1, 2, 3].map((n) =>
    turns.take(() => {
      begun.push(n);
      return new Promise((resolve, reject) => {
        ends.push((error) => (error ? reject(error) : resolve()));
      });
    }),
  );
  expect(begun).toEqual([0, 1]);
  const failed = works[1]?.catch(String);
  ends[1]?.(new Error('disk full'));
  expect(await failed).toBe('Error: disk full');
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  await works[0];
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const end of ends) end();
  await Promise.all([works[0], works[2], works[3]]);
  let isDone = false;
  await turns.take(() => {
    isDone = true;
    return Promise.resolve();
  });
  expect(isDone).toBe(true);
});
