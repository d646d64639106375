import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Client } from 'pg';
import { migrateBeside, type MigrationStep } from '../../src/database/migrate-beside.js';
import { migrations } from '../../src/database/migrations.js';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { indexesBeside, type SchemaStep } from '../../src/database/schema-step.js';
import { onUnhurriedConnections } from '../../src/database/unhurried-connections.js';
import { migrate } from '../../tools/migrate/migrate.js';
import { SilentLog } from '../support/ledger-builders.js';
import { toSchemaOf } from '../support/old-schema.js';
import { until } from '../support/patience.js';
import { directory, endPrograms, start } from '../support/program.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const OLD = '0008b-instances-alone';
const NEWER = Object.keys(migrations('postgres')).filter((name) => name > OLD);
const NOW = { check: false, waitSeconds: 600 };

const source = await postgresStores();

(source ? describe : describe.skip)('npm run migrate', () => {
  let store: TestStore;
  let url: string;
  let clients: Client[] = [];

  beforeEach(async () => {
    store = await source!.create();
    url = store.env['DATABASE_URL'] ?? '';
    await toSchemaOf(store.database, OLD);
  });
  afterEach(async () => {
    for (const client of clients) await client.end();
    clients = [];
    await store.remove();
  });
  afterAll(async () => {
    await endPrograms();
    await source?.dispose();
  });

  const someone = async (): Promise<Client> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    clients.push(client);
    return client;
  };
  const run = async (options = NOW): Promise<{ code: number; said: string[] }> => {
    const said: string[] = [];
    return { code: await migrate(url, options, (line) => said.push(line)), said };
  };
  const applied = async (): Promise<string[]> => {
    const { rows } = await store.database.read((db) =>
      sql<{ name: string }>`select name from kysely_migration order by name`.execute(db),
    );
    return rows.map(({ name }) => name);
  };

  test('says what is missing and changes nothing, then adds it, then has nothing to do', async () => {
    const before = await applied();
    expect(before.at(-1)).toBe(OLD);
    expect(await run({ ...NOW, check: true })).toEqual({
      code: 3,
      said: [`Missing: ${NEWER.join(', ')}`],
    });
    expect(await applied()).toEqual(before);
    const first = await run();
    expect(first.code).toBe(0);
    expect(first.said).toEqual([
      ...NEWER.map((name) => expect.stringMatching(new RegExp(`^${name}: applied in \\d+ ms$`))),
      'The schema is up to date.',
    ]);
    expect(await applied()).toEqual([...before, ...NEWER]);
    const cell = await store.database.read((db) => db.selectFrom('cell').selectAll().execute());
    expect(cell).toMatchObject([{ schema: NEWER.at(-1), min_compatible: OLD }]);
    for (const check of [true, false]) {
      expect(await run({ ...NOW, check })).toEqual({
        code: 0,
        said: ['The schema is up to date.'],
      });
    }
  });

  test('makes a new store as a start makes it', async () => {
    const columns = async () =>
      (
        await store.database.read((db) =>
          sql<{ name: string }>`select table_name || '.' || column_name || ' ' || data_type as name
            from information_schema.columns where table_schema = 'public'
            union all select indexdef from pg_indexes where schemaname = 'public'
            order by 1`.execute(db),
        )
      ).rows;
    await run();
    const grown = await columns();
    await store.database.write(async (trx) => {
      await sql`drop schema public cascade`.execute(trx);
      await sql`create schema public`.execute(trx);
    });
    await run();
    expect(await columns()).toEqual(grown);
  });

  test('from several places at once, each migration is applied once', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => run()));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const told = runs.flatMap(({ said }) => said.filter((line) => line.includes(': applied in ')));
    expect(told.map((line) => line.split(':')[0] ?? '').sort()).toEqual(NEWER);
  });

  test('waits for a table without keeping others from it for long, and says so', async () => {
    const reader = await someone();
    await reader.query('begin; select * from instances');
    const steps: MigrationStep[] = [];
    const other = await someone();
    const done = onUnhurriedConnections(url, (db) =>
      migrateBeside(db, {
        lockTimeoutMs: 100,
        pauseMs: 10,
        tell: (step) => {
          steps.push(step);
        },
      }),
    );
    await until(() => steps.length > 2, 'it has waited three times');
    // It comes in between two attempts, although the migration waits for the table.
    await other.query(`insert into instances values ('b', 'b', 0)`);
    await reader.query('commit');
    await done;
    const [first] = steps;
    expect(first).toEqual({ step: 'waiting', name: NEWER[0], for: 'lock' });
    expect(steps.filter(({ step }) => step === 'applied').map(({ name }) => name)).toEqual(NEWER);
  });

  test('gives up in the end, says why, and has changed nothing', async () => {
    const reader = await someone();
    await reader.query('begin; select * from instances');
    const { code, said } = await run({ ...NOW, waitSeconds: 0 });
    expect(code).toBe(1);
    expect(said).toEqual([
      expect.stringMatching(/0009-\S+ waits, because a transaction .*pg_stat_activity/),
    ]);
    expect((await applied()).at(-1)).toBe(OLD);
  });

  test('says what is wrong with the address', async () => {
    const elsewhere = new URL(url);
    elsewhere.pathname = '/nowhere';
    const said: string[] = [];
    expect(await migrate(elsewhere.href, NOW, (line) => said.push(line))).toBe(1);
    expect(said).toEqual([expect.stringMatching(/has no such database .*createdb/)]);
  });

  test('an index is built beside those that write, also where half of one was left behind', async () => {
    const writer = await someone();
    await writer.query(`insert into instances values ('a', 'same', 0), ('b', 'same', 0)`);
    // Fails for the equal names, and leaves an index that no query uses.
    await expect(
      writer.query('create unique index concurrently instances_by_name on instances (name)'),
    ).rejects.toThrow('could not create unique index');
    const step = indexesBeside('postgres', [
      { name: 'instances_by_name', on: 'on instances (name)' },
    ]);
    const steps: Record<string, SchemaStep> = { ...migrations('postgres'), '9000-index': step };
    await run();
    await writer.query(`begin; insert into instances values ('c', 'other', 0)`);
    const done = onUnhurriedConnections(url, (db) => migrateBeside(db, { steps }));
    const watcher = await someone();
    await until(async () => {
      const { rows } = await watcher.query(
        `select 1 from pg_stat_activity where query like '% index concurrently %' and wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    }, 'the index waits for the writer');
    // Somebody else can still write, which a lock on the table would keep them from.
    await watcher.query(`insert into instances values ('d', 'other', 0)`);
    await writer.query('commit');
    await done;
    const { rows } = await watcher.query(
      `select indisvalid, indisunique from pg_index where indexrelid = 'instances_by_name'::regclass`,
    );
    expect(rows).toEqual([{ indisvalid: true, indisunique: false }]);
    expect((await applied()).at(-1)).toBe('9000-index');
  });

  test('what is taken away goes when no instance that needs it runs, and from then on none starts', async () => {
    await run();
    const client = await someone();
    await client.query(
      `insert into instances values ('old', 'old', extract(epoch from now()) * 1000 + 600000)`,
    );
    const contract: SchemaStep = {
      minCompatible: '0009-instances',
      up: async (db) => {
        await sql`alter table instances drop column media_hash`.execute(db);
      },
    };
    const steps: Record<string, SchemaStep> = {
      ...migrations('postgres'),
      '9000-contract': contract,
    };
    const seen: MigrationStep[] = [];
    const done = onUnhurriedConnections(url, (db) =>
      migrateBeside(db, {
        steps,
        pauseMs: 10,
        tell: (step) => {
          seen.push(step);
        },
      }),
    );
    await until(() => seen.length > 2, 'it has waited');
    expect(seen[2]).toEqual({ step: 'waiting', name: '9000-contract', for: 'instances' });
    const { rows } = await client.query('select min_compatible from cell');
    expect(rows).toEqual([{ min_compatible: '0009-instances' }]);
    await client.query(`update instances set lease_until = 0`);
    await done;
    expect((await applied()).at(-1)).toBe('9000-contract');
    const ours = new PostgresDatabase(url);
    await ours.open();
    expect(await ours.report()).toMatchObject({ up: true });
    await ours.close();
  });

  describe('an instance that starts on an older schema', () => {
    const starting = () => new PostgresDatabase(url, { deadlineMs: 30_000, log: new SilentLog() });
    const register = (leaseUntil: string) =>
      store.database.write((trx) =>
        sql`insert into instances values ('other', 'other', ${sql.raw(leaseUntil)})`.execute(trx),
      );

    test('beside a living one waits, says what for, and goes on by itself', async () => {
      await register(`extract(epoch from now()) * 1000 + 600000`);
      const second = starting();
      await second.open();
      try {
        expect(await second.report()).toMatchObject({
          up: false,
          migrated: false,
          reason: expect.stringContaining('`npm run migrate`'),
          fix: expect.stringContaining('`npm run migrate`'),
        });
        await expect(
          second.read((db) => db.selectFrom('users').selectAll().execute()),
        ).rejects.toMatchObject({ code: 'store_unavailable' });
        expect((await applied()).at(-1)).toBe(OLD);
        await run();
        await until(async () => (await second.report()).up, 'it is up');
      } finally {
        await second.close();
      }
    });

    test('migrates where all others are gone', async () => {
      await register('1');
      const second = starting();
      await second.open();
      try {
        expect(await second.report()).toMatchObject({ up: true, migrated: true });
        expect(await applied()).toEqual(Object.keys(migrations('postgres')));
      } finally {
        await second.close();
      }
    });
  });

  test('is a command with exit codes', async () => {
    const cwd = await directory();
    const env = { API_KEY: 'a-key-that-is-long-enough-012345', DATABASE_URL: url };
    const command = (args: string[], settings: Record<string, string>) =>
      start(cwd, settings, { program: 'tools/migrate/main.js', args });
    const [check, wrong, sqlite] = [
      command(['--check'], env),
      command(['--chekc'], env),
      command([], {}),
    ];
    expect(await check.exited).toBe(3);
    expect(check.stdout).toBe(`Missing: ${NEWER.join(', ')}\n`);
    expect(await wrong.exited).toBe(2);
    expect(wrong.stderr).toMatch(/^Usage: npm run migrate/);
    expect(await sqlite.exited).toBe(2);
    expect(sqlite.stderr).toContain('DATABASE_URL is not set');
  });
});
