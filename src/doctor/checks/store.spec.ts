import { expect, test } from '@jest/globals';
import type { Bus } from '../../cluster/bus.js';
import type { Database } from '../../database/database.js';
import type { Examination } from '../examination.js';
import { storeCheck } from './store.js';

const DEAFNESS = { reason: 'nothing arrives', fix: 'set DATABASE_DIRECT_URL' };

const lookAt = (roundTripMs: number | null) =>
  storeCheck.look({
    database: {
      report: () =>
        Promise.resolve({ kind: 'postgres', up: true, migrated: true, reason: null, fix: null }),
    } as unknown as Database,
    bus: { roundTrip: () => Promise.resolve(roundTripMs), deafness: DEAFNESS } as unknown as Bus,
  } as Examination);

test('a store whose notifications arrive is up', async () => {
  expect(await lookAt(3)).toMatchObject({ status: 'up' });
});

test('one beside which none arrives is a warning, with what the bus says of it', async () => {
  const found = await lookAt(null);
  expect(found).toMatchObject({ status: 'warn', fix: 'Set DATABASE_DIRECT_URL.' });
  expect(found.seen).toMatch(/^PostgreSQL answers .* late: nothing arrives\.$/);
});
