import { expect, test } from '@jest/globals';
import type { Bus } from '../../cluster/bus.js';
import type { Database } from '../../database/database.js';
import type { Examination } from '../examination.js';
import { storeCheck } from './store.js';

const lookAt = (roundTripMs: number | null) =>
  storeCheck.look({
    database: {
      report: () =>
        Promise.resolve({ kind: 'postgres', up: true, migrated: true, reason: null, fix: null }),
    } as unknown as Database,
    bus: { roundTrip: () => Promise.resolve(roundTripMs) } as unknown as Bus,
  } as Examination);

test('a store whose notifications arrive is up', async () => {
  expect(await lookAt(3)).toMatchObject({ status: 'up' });
});

test('one that passes none on is a warning that names the setting for it', async () => {
  expect(await lookAt(null)).toMatchObject({
    status: 'warn',
    fix: expect.stringContaining('DATABASE_DIRECT_URL') as unknown,
  });
});
