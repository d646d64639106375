import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { listeningLog } from '../../test/support/listening-log.js';
import { SetClock } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { Instance } from '../cluster/instance.js';
import { SystemClock } from '../shared/clock.js';
import { hashApiKey } from './api-keys.js';
import { SettingsKeys } from './settings-keys.js';
import { Users } from './users.js';

let store: TestStore;
let started: SettingsKeys[];

beforeEach(async () => {
  store = await sqliteStores.create();
  await new Users(store.database, new SystemClock()).create('Ada');
  started = [];
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
});
afterEach(async () => {
  await Promise.all(started.map((keys) => keys.onApplicationShutdown()));
  jest.useRealTimers();
  await store.remove();
});

/** An instance that has the store to itself, or not. */
function instance(exclusive: boolean) {
  const { database } = store;
  const shared = Object.create(database, { exclusive: { value: exclusive } }) as typeof database;
  const { log, lines } = listeningLog();
  const clock = new SetClock(new Date('2026-03-01T12:00:00Z'));
  const keys = new SettingsKeys(shared, new Instance(), clock, log);
  started.push(keys);
  return { keys, lines };
}

const revokedNow = async (): Promise<boolean[]> => {
  const rows = await store.database.read((db) =>
    db.selectFrom('api_keys').select('revoked_at').orderBy('key_id').execute(),
  );
  return rows.map(({ revoked_at: at }) => at !== null);
};
/** The rounds that a time brings, with their queries. */
async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

it('an instance beside others looks after the keys every ten seconds', async () => {
  const [older, newer] = [instance(false), instance(false)];
  await older.keys.use(hashApiKey('older'));
  await newer.keys.use(hashApiKey('newer'));
  // Nobody is registered with the older key, so it ended at once.
  expect(await revokedNow()).toEqual([true, false]);
  expect(older.lines).toEqual([]);
  await older.keys.onApplicationShutdown();
  await store.database.write((trx) => trx.updateTable('api_keys').set({ revoked_at: 1 }).execute());
  await pass(9_000);
  expect(await revokedNow()).toEqual([true, true]);
  await pass(1_000);
  expect(await revokedNow()).toEqual([true, false]);
});

it('an instance that has the store to itself needs to look once', async () => {
  await instance(true).keys.use(hashApiKey('mine'));
  expect(jest.getTimerCount()).toBe(0);
});
