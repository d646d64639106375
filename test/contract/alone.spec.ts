import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { PostgresDatabase, type PostgresOptions } from '../../src/database/postgres-database.js';
import { listeningLog } from '../support/listening-log.js';
import { PATIENCE_MS, until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const source = await postgresStores();

(source ? describe : describe.skip)('an instance that must be alone on its store', () => {
  let store: TestStore;
  let opened: PostgresDatabase[] = [];

  beforeEach(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
  });
  afterEach(async () => {
    await Promise.all(opened.map((database) => database.close()));
    opened = [];
    await store.remove();
  });
  afterAll(() => source?.dispose());

  const instance = (instanceId: string, options: PostgresOptions = {}): PostgresDatabase => {
    const database = new PostgresDatabase(store.env['DATABASE_URL'] ?? '', {
      deadlineMs: 30_000,
      alone: {
        instanceId,
        name: instanceId,
        aliveMs: 60_000,
        because: 'each would have a tunnel of its own',
        fix: 'set PUBLIC_URL',
        withAccountsOf: null,
      },
      ...options,
    });
    opened.push(database);
    return database;
  };
  const living = async (): Promise<string[]> => {
    const rows = await store.database.read((db) =>
      db.selectFrom('instances').select('instance_id').execute(),
    );
    return rows.map(({ instance_id }) => instance_id);
  };
  const register = (id: string): Promise<unknown> =>
    store.database.write((trx) =>
      trx
        .insertInto('instances')
        .values({
          instance_id: id,
          name: id,
          lease_until: sql<number>`${store.database.engine.now()} + 600000`,
        })
        .execute(),
    );
  const gone = (how: 'left' | 'killed'): Promise<unknown> =>
    store.database.write((trx): Promise<unknown> =>
      how === 'left'
        ? trx.deleteFrom('instances').execute()
        : trx.updateTable('instances').set({ lease_until: 1 }).execute(),
    );

  test('counts as alive once it is admitted', async () => {
    await instance('alone').open();
    expect(await living()).toEqual(['alone']);
  });

  test('may have others beside it until the store has an account that needs it to be alone', async () => {
    const alone = {
      instanceId: 'alone',
      name: 'alone',
      aliveMs: 60_000,
      because: 'x',
      fix: 'y',
      withAccountsOf: ['twilio'],
    };
    const opens = () => instance('', { alone, aloneWaitMs: 0 }).open();
    const addAccount = (provider: string) =>
      store.database.write((trx) =>
        trx
          .insertInto('carrier_accounts')
          .values({
            account_key: `${provider}-uk`,
            provider,
            account_id: 'A',
            name: '',
            settings: '{}',
            sealed_secrets: '',
            millicalls_per_second: 1_000,
            enabled: 1,
            revision: provider,
            created_at: 1,
            updated_at: 1,
          })
          .execute(),
      );
    await register('other');
    await opens();
    await addAccount('asterisk');
    await opens();
    await addAccount('twilio');
    await expect(opens()).rejects.toMatchObject({ code: 'store_held' });
  });

  test('is refused beside another one, with the reason and all the ways out', async () => {
    await register('other');
    await expect(instance('alone', { aloneWaitMs: 0 }).open()).rejects.toMatchObject({
      code: 'store_held',
      message: expect.stringMatching(
        /^another Patchbay is using this PostgreSQL database \(.*\), and each would have a tunnel of its own: set PUBLIC_URL, stop the other one, or give this one a DATABASE_URL of its own$/,
      ),
    });
    expect(await living()).toEqual(['other']);
  });

  test.each(['left', 'killed'] as const)(
    'says that it waits, and goes on when the other one has %s',
    async (how) => {
      await register('other');
      const { log, lines } = listeningLog();
      const database = instance('alone', { log, aloneWaitMs: PATIENCE_MS });
      const opening = database.open();
      await until(() => lines.length > 0);
      expect(lines).toMatchObject([
        { level: 'warn', event: 'store.waits_to_be_alone', waits_ms: PATIENCE_MS },
      ]);
      await gone(how);
      await opening;
      expect(await database.report()).toMatchObject({ up: true });
      expect(await living()).toContain('alone');
    },
  );

  test('is the only one of several that start at once', async () => {
    const names = ['one', 'two', 'three'];
    const results = await Promise.allSettled(
      names.map((name) => instance(name, { aloneWaitMs: 0 }).open()),
    );
    const admitted = names.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(admitted).toHaveLength(1);
    expect(await living()).toEqual(admitted);
  });

  test('does not stand in its own way', async () => {
    await instance('alone').open();
    await instance('alone', { aloneWaitMs: 0 }).open();
    expect(await living()).toEqual(['alone']);
  });
});
