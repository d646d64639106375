import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Instance } from '../../src/cluster/instance.js';
import { admitKeys } from '../../src/database/admit-keys.js';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { postgresEngine } from '../../src/database/postgres-engine.js';
import { onUnhurriedConnections } from '../../src/database/unhurried-connections.js';
import { SystemClock } from '../../src/shared/clock.js';
import { sealingKeyHash, type SealingKeys } from '../../src/shared/sealing/aes-sealer.js';
import { ApiKeys, hashApiKey } from '../../src/tenants/api-keys.js';
import { SettingsKeys } from '../../src/tenants/settings-keys.js';
import { SilentLog } from '../support/ledger-builders.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const source = await postgresStores();
const OLD = 'the-old-key-of-user-one-0123';
const NEW = 'the-new-key-of-user-one-4567';

(source ? describe : describe.skip)('several instances on one store', () => {
  let store: TestStore;
  let url: string;

  beforeEach(async () => {
    store = await source!.create();
    url = store.env['DATABASE_URL'] ?? '';
    await store.database.close();
  });
  afterEach(() => store.remove());
  afterAll(() => source?.dispose());

  describe('with API_KEY', () => {
    const clock = new SystemClock();
    let database: PostgresDatabase;
    let warnings: string[];
    let started: SettingsKeys[];
    const log = new (class extends SilentLog {
      override warn(event = ''): void {
        warnings.push(event);
      }
    })();

    beforeEach(async () => {
      warnings = [];
      started = [];
      database = new PostgresDatabase(url, { deadlineMs: 30_000 });
      await database.open();
      await database.write((trx) =>
        trx.insertInto('users').values({ user_id: 1, name: 'Ada', created_at: 0 }).execute(),
      );
    });
    afterEach(async () => {
      for (const keys of started) await keys.onApplicationShutdown();
      await database.close();
    });

    /** An instance that starts, as the others see it; a `null` tells nobody which key it has. */
    const starts = async (
      id: string,
      key: string,
      told: string | null = key,
    ): Promise<Instance> => {
      await database.write((trx) =>
        trx
          .insertInto('instances')
          .values({
            instance_id: id,
            name: id,
            lease_until: sql<number>`${database.engine.now()} + 600000`,
            key_hash: told === null ? null : hashApiKey(told),
          })
          .onConflict((conflict) => conflict.column('instance_id').doNothing())
          .execute(),
      );
      const keys = new SettingsKeys(database, Object.assign(new Instance(), { id }), clock, log);
      started.push(keys);
      await keys.use(hashApiKey(key));
      return Object.assign(new Instance(), { id });
    };
    const ends = (id: string) =>
      database.write((trx) => trx.deleteFrom('instances').where('instance_id', '=', id).execute());
    const opens = async (): Promise<Record<string, boolean>> => {
      const keys = new ApiKeys(database, clock);
      return {
        old: (await keys.authenticate(OLD)) !== null,
        new: (await keys.authenticate(NEW)) !== null,
      };
    };
    const replacedLongAgo = () =>
      database.write((trx) =>
        trx
          .updateTable('api_keys')
          .set({ replaced_at: sql<number>`${database.engine.now()} - 3600001` })
          .where('replaced_at', 'is not', null)
          .execute(),
      );

    test('a new value leaves the old one valid until no living instance carries it', async () => {
      await starts('a', OLD);
      await starts('b', OLD);
      await starts('c', NEW);
      expect(await opens()).toEqual({ old: true, new: true });
      await ends('a');
      await starts('c', NEW);
      expect(await opens()).toEqual({ old: true, new: true });
      await ends('b');
      await starts('c', NEW);
      expect(await opens()).toEqual({ old: false, new: true });
    });

    test('an instance that starts again with the old value takes the new one from nobody', async () => {
      await starts('a', OLD);
      await starts('c', NEW);
      await starts('a', OLD);
      expect(await opens()).toEqual({ old: true, new: true });
      expect(await new ApiKeys(database, clock).administrator()).toMatchObject({ userId: 1 });
      expect(warnings).toEqual([]);
    });

    test('after an hour the old value ends in any case, and its instance says so', async () => {
      await starts('a', OLD);
      await starts('c', NEW);
      await replacedLongAgo();
      await starts('c', NEW);
      expect(await opens()).toEqual({ old: false, new: true });
      await starts('a', OLD);
      expect(await opens()).toEqual({ old: false, new: true });
      expect(warnings).toEqual(['api_key.outdated']);
    });

    test('the old value can be rolled out again, and is valid at the latest when it is everywhere', async () => {
      await starts('a', OLD);
      await starts('c', NEW);
      await replacedLongAgo();
      await starts('c', NEW);
      await starts('a', OLD);
      await ends('c');
      await starts('a', OLD);
      expect(await opens()).toEqual({ old: true, new: false });
    });

    test('an instance of a release that does not tell its key may have the old one', async () => {
      await starts('a', OLD, null);
      await starts('c', NEW);
      expect(await opens()).toEqual({ old: true, new: true });
      await ends('a');
      await starts('c', NEW);
      expect(await opens()).toEqual({ old: false, new: true });
    });

    test('instances that start at once with different new values all end with one current key', async () => {
      await Promise.all([starts('a', OLD), starts('b', NEW), starts('c', NEW)]);
      const rows = await database.read((db) =>
        db.selectFrom('api_keys').selectAll().where('revoked_at', 'is', null).execute(),
      );
      expect(rows.filter(({ replaced_at: at }) => at === null)).toHaveLength(1);
    });
  });

  describe('with CREDENTIALS_KEY', () => {
    const key = (fill: number): Buffer => Buffer.alloc(32, fill);
    const admit = (keys: SealingKeys | null) =>
      onUnhurriedConnections(url, (db) => admitKeys(db, keys));
    const named = () =>
      onUnhurriedConnections(url, async (db) => {
        const row = await db.selectFrom('cell').select('key_hash').executeTakeFirstOrThrow();
        return row.key_hash;
      });
    const alone = (keys: SealingKeys | null) =>
      onUnhurriedConnections(url, (db) => admitKeys(db, keys, true));
    const current = (fill: number, previous: number | null = null): SealingKeys => ({
      current: key(fill),
      previous: previous === null ? null : key(previous),
    });

    test('an instance with another key is refused, and told the setting and the fix', async () => {
      await admit(null);
      expect(await named()).toBeNull();
      await admit(current(1));
      expect(await named()).toBe(sealingKeyHash(key(1)));
      await admit(current(1));
      await expect(admit(current(2))).rejects.toMatchObject({
        code: 'cannot_start',
        setting: 'CREDENTIALS_KEY',
        fix: expect.stringMatching(/^Set it to theirs\. .*CREDENTIALS_KEY_PREVIOUS/),
      });
      await expect(admit(null)).rejects.toThrow('and this one has none');
      expect(await named()).toBe(sealingKeyHash(key(1)));
    });

    test('keys are exchanged instance by instance', async () => {
      await admit(current(1));
      // First every instance gets to know the new one, then it becomes the one that encrypts.
      await admit(current(1, 2));
      await admit(current(2, 1));
      await admit(current(1, 2));
      await admit(current(2, 1));
      await admit(current(2));
      await expect(admit(current(1))).rejects.toMatchObject({ code: 'cannot_start' });
    });

    test('an instance that is alone has whatever key it is given, but not none', async () => {
      await admit(current(1));
      await expect(alone(null)).rejects.toThrow('and this one has none');
      await alone(current(2));
      expect(await named()).toBe(sealingKeyHash(key(2)));
    });

    test('a service does not start with another key than the others that live', async () => {
      await admit(current(1));
      await onUnhurriedConnections(url, (db) =>
        db
          .insertInto('instances')
          .values({
            instance_id: 'other',
            name: 'other',
            lease_until: sql<number>`${postgresEngine.now()} + 600000`,
          })
          .execute(),
      );
      const database = new PostgresDatabase(url, { keys: current(2) });
      await expect(database.open()).rejects.toMatchObject({ setting: 'CREDENTIALS_KEY' });
      await database.close();
      const same = new PostgresDatabase(url, { keys: current(1) });
      await same.open();
      expect(await same.report()).toMatchObject({ up: true });
      await same.close();
    });
  });
});
