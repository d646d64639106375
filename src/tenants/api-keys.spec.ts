import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SetClock } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { ADMIN_USER_ID, ApiKeys, hashApiKey, SETTINGS_KEY_NAME } from './api-keys.js';
import { Users } from './users.js';

const NOON = new Date('2026-03-01T12:00:00Z');

describe('API keys', () => {
  let store: TestStore;
  let clock: SetClock;
  let keys: ApiKeys;
  /** Users 1 and 2. */
  let [ada, bob] = [0, 0];

  beforeEach(async () => {
    store = await sqliteStores.create();
    clock = new SetClock(NOON);
    keys = new ApiKeys(store.database, clock);
    const users = new Users(store.database, clock);
    ada = (await users.create('Ada')).userId;
    bob = (await users.create('Bob')).userId;
  });
  afterEach(() => store.remove());

  /** Changes the store past the cache, as another instance does. */
  const revokeElsewhere = (keyId: number) =>
    store.database.write((trx) =>
      trx.updateTable('api_keys').set({ revoked_at: 1 }).where('key_id', '=', keyId).execute(),
    );
  const reads = (): { count: number } => {
    const counted = { count: 0 };
    const { database } = store;
    const read = database.read.bind(database);
    database.read = (work) => {
      counted.count += 1;
      return read(work);
    };
    return counted;
  };

  it('are pbk_ and 32 random bytes, and stored only as their SHA-256', async () => {
    const { key, keyId } = await keys.issue(ada, 'laptop');
    expect(key).toMatch(/^pbk_[\w-]{43}$/);
    expect((await keys.issue(ada, 'phone')).key).not.toBe(key);
    const rows = await store.database.read((db) => db.selectFrom('api_keys').selectAll().execute());
    expect(rows[0]).toEqual({
      key_id: keyId,
      user_id: ada,
      name: 'laptop',
      key_hash: hashApiKey(key),
      created_at: NOON.getTime(),
      revoked_at: null,
      replaced_at: null,
    });
    expect(hashApiKey('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('name their user, and nobody else', async () => {
    const one = await keys.issue(ada, 'x');
    const two = await keys.issue(bob, 'x');
    expect(await keys.authenticate(one.key)).toEqual({ userId: ada, keyId: one.keyId });
    expect(await keys.authenticate(two.key)).toEqual({ userId: bob, keyId: two.keyId });
    expect(await keys.authenticate(`${one.key}x`)).toBeNull();
    expect(await keys.authenticate('')).toBeNull();
  });

  it('are accepted for 5 s after they were found, without asking the store', async () => {
    const { key, keyId } = await keys.issue(ada, 'x');
    const counted = reads();
    await keys.authenticate(key);
    await revokeElsewhere(keyId);
    clock.advance(4_999);
    expect(await keys.authenticate(key)).not.toBeNull();
    expect(counted.count).toBe(1);
    clock.advance(1);
    expect(await keys.authenticate(key)).toBeNull();
    expect(counted.count).toBe(2);
  });

  it('that are unknown are looked up each time', async () => {
    const counted = reads();
    await keys.authenticate('pbk_unknown');
    await keys.authenticate('pbk_unknown');
    expect(counted.count).toBe(2);
  });

  it('that are revoked here are refused at once; only their own user can revoke them', async () => {
    const { key, keyId } = await keys.issue(ada, 'x');
    const other = await keys.issue(ada, 'y');
    await keys.authenticate(key);
    expect(await keys.revoke(bob, keyId)).toBe(false);
    expect(await keys.authenticate(key)).not.toBeNull();
    expect(await keys.revoke(ada, keyId)).toBe(true);
    expect(await keys.authenticate(key)).toBeNull();
    expect(await keys.authenticate(other.key)).not.toBeNull();
    expect(await keys.revoke(ada, keyId)).toBe(false);
  });

  it('that are read before a revocation and answered after it are not remembered', async () => {
    const { key, keyId } = await keys.issue(ada, 'x');
    const { database } = store;
    const read = database.read.bind(database);
    database.read = async (work) => {
      const found = await read(work);
      await keys.revoke(ada, keyId);
      return found;
    };
    await keys.authenticate(key);
    database.read = read;
    expect(await keys.authenticate(key)).toBeNull();
  });

  it('are remembered up to 1,000', async () => {
    const { key } = await keys.issue(ada, 'x');
    const { key: other } = await keys.issue(ada, 'x');
    await keys.authenticate(other);
    for (let i = 0; i < 998; i += 1) await keys.authenticate((await keys.issue(ada, 'x')).key);
    await keys.authenticate(key);
    const counted = reads();
    await keys.authenticate(key);
    await keys.authenticate(other);
    expect(counted.count).toBe(0);
    await keys.authenticate((await keys.issue(ada, 'x')).key);
    await keys.authenticate(key);
    expect(counted.count).toBe(2);
  });

  it('of the settings name the administrator, while it is in use', async () => {
    expect(ada).toBe(ADMIN_USER_ID);
    await keys.issue(ada, 'another');
    await keys.issue(bob, SETTINGS_KEY_NAME);
    expect(await keys.administrator()).toBeNull();
    const { keyId } = await keys.issue(ada, SETTINGS_KEY_NAME);
    expect(await keys.administrator()).toEqual({ userId: ADMIN_USER_ID, keyId });
    await keys.revoke(ada, keyId);
    expect(await keys.administrator()).toBeNull();
  });

  it('are listed by user, oldest first, without those that were revoked', async () => {
    const one = await keys.issue(ada, 'one');
    clock.advance(1_000);
    const two = await keys.issue(ada, 'two');
    const gone = await keys.issue(ada, 'gone');
    await keys.revoke(ada, gone.keyId);
    const his = await keys.issue(bob, 'his');
    const later = new Date(NOON.getTime() + 1_000);
    expect(await keys.list([ada, bob, 99])).toEqual(
      new Map([
        [
          ada,
          [
            { keyId: one.keyId, name: 'one', createdAt: NOON },
            { keyId: two.keyId, name: 'two', createdAt: later },
          ],
        ],
        [bob, [{ keyId: his.keyId, name: 'his', createdAt: later }]],
        [99, []],
      ]),
    );
    expect(await keys.list([bob])).toEqual(
      new Map([[bob, [{ keyId: his.keyId, name: 'his', createdAt: later }]]]),
    );
    expect(await keys.list([])).toEqual(new Map());
  });
});
