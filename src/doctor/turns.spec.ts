import { expect, it } from '@jest/globals';
import type { Leases } from '../cluster/leases.js';
import { StoreUnavailableError } from '../database/store-errors.js';
import { Turns } from './turns.js';

const away = () => Promise.reject(new StoreUnavailableError('away'));
const turnsWith = (parts: Partial<Leases>): Turns =>
  new Turns({ fenced: false, giveJob: away, takeJob: away, ...parts } as unknown as Leases);

it.each([
  ['the store is away', {}],
  ['this instance is fenced', { fenced: true, takeJob: () => Promise.resolve(false) }],
])('while %s, the doctor has its turn at this instance alone', async (_when, parts) => {
  const turns = turnsWith(parts);
  const giveBack = await turns.take('full-run', 1);
  expect(await turns.take('full-run', 1)).toBeNull();
  await giveBack?.();
  expect(await turns.take('full-run', 1)).not.toBeNull();
});

it('a claim that fails in another way is told, and leaves no turn taken', async () => {
  let isBroken = true;
  const takeJob = () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve(true));
  const turns = turnsWith({ takeJob });
  await expect(turns.take('full-run', 1)).rejects.toThrow('broken');
  isBroken = false;
  expect(await turns.take('full-run', 1)).not.toBeNull();
});
