import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SetClock } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { ApiKeys } from './api-keys.js';
import { ConsoleSessions, SESSION_SECONDS } from './console-sessions.js';
import { Credentials } from './credentials.js';
import { Users } from './users.js';

const NOON = new Date('2026-03-01T12:00:00Z');

describe('a session in the console', () => {
  let store: TestStore;
  let clock: SetClock;
  let keys: ApiKeys;
  let sessions: ConsoleSessions;
  let caller: { userId: number; keyId: number };
  let key = '';

  beforeEach(async () => {
    store = await sqliteStores.create();
    clock = new SetClock(NOON);
    keys = new ApiKeys(store.database, clock);
    sessions = new ConsoleSessions(store.database, clock);
    const { userId } = await new Users(store.database, clock).create('Ada');
    const issued = await keys.issue(userId, 'x');
    caller = { userId, keyId: issued.keyId };
    key = issued.key;
  });
  afterEach(() => store.remove());

  const rows = () =>
    store.database.read((db) => db.selectFrom('console_sessions').selectAll().execute());

  it('is 32 random bytes of which the hash is stored, and stands for the key', async () => {
    const token = await sessions.begin(caller.keyId);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(await rows()).toEqual([
      {
        token_hash: createHash('sha256').update(token).digest('hex'),
        key_id: caller.keyId,
        created_at: NOON.getTime(),
        expires_at: NOON.getTime() + SESSION_SECONDS * 1000,
      },
    ]);
    expect(await sessions.find(token)).toEqual(caller);
    expect(await sessions.find('x')).toBeNull();
  });

  it('ends twelve hours after sign-in, whatever happens meanwhile', async () => {
    expect(SESSION_SECONDS).toBe(43_200);
    const token = await sessions.begin(caller.keyId);
    clock.advance(SESSION_SECONDS * 1000 - 1);
    expect(await sessions.find(token)).toEqual(caller);
    clock.advance(1);
    expect(await sessions.find(token)).toBeNull();
  });

  it('that has expired is deleted at the next sign-in, and no other session is', async () => {
    await sessions.begin(caller.keyId);
    clock.advance(1);
    const second = await sessions.begin(caller.keyId);
    clock.advance(SESSION_SECONDS * 1000 - 1);
    await sessions.begin(caller.keyId);
    expect(await rows()).toHaveLength(2);
    expect(await sessions.find(second)).toEqual(caller);
  });

  it('ends when the user signs out, and when its key is revoked', async () => {
    const [one, two] = [await sessions.begin(caller.keyId), await sessions.begin(caller.keyId)];
    await sessions.end(one);
    expect(await sessions.find(one)).toBeNull();
    expect(await sessions.find(two)).toEqual(caller);
    await keys.revoke(caller.userId, caller.keyId);
    expect(await sessions.find(two)).toBeNull();
  });

  it('is told apart from a key: the header is a key, and without one the cookie is a session', async () => {
    const credentials = new Credentials(keys, sessions);
    const cookie = `a=b; patchbay_session=${await sessions.begin(caller.keyId)}`;
    const [byKey, byCookie] = [
      { caller, byCookie: false },
      { caller, byCookie: true },
    ];
    expect(await credentials.identify({ authorization: `Bearer ${key}` })).toEqual(byKey);
    expect(await credentials.identify({ authorization: `bearer ${key}` })).toEqual(byKey);
    expect(await credentials.identify({ cookie })).toEqual(byCookie);
    expect(await credentials.identify({ authorization: `Bearer ${key}`, cookie })).toEqual(byKey);
    expect(await credentials.identify({ authorization: 'Bearer wrong', cookie })).toBeNull();
    expect(await credentials.identify({ authorization: '', cookie })).toBeNull();
    expect(await credentials.identify({ cookie: `patchbay_session=${'x'.repeat(43)}` })).toBeNull();
    expect(await credentials.identify({ cookie: 'patchbay_session=short' })).toBeNull();
    expect(await credentials.identify({})).toBeNull();
  });

  it.each([
    ['512 characters', 'k'.repeat(512), 1],
    ['more', 'k'.repeat(513), 0],
    ['a space', 'k k', 0],
    ['nothing', '', 0],
    ['another scheme', null, 0],
  ])('whether a key is looked up for %s', async (_, text, times) => {
    let asked = 0;
    const counting = {
      authenticate: () => Promise.resolve(null).finally(() => (asked += 1)),
    } as unknown as ApiKeys;
    const authorization = text === null ? `Basic ${key}` : `Bearer ${text}`;
    expect(await new Credentials(counting, sessions).identify({ authorization })).toBeNull();
    expect(asked).toBe(times);
  });
});
