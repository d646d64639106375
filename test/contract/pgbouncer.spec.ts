import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Client } from 'pg';
import type { Database } from '../../src/database/database.js';
import { busCheck } from '../../src/doctor/checks/bus.js';
import type { Examination } from '../../src/doctor/examination.js';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { Api } from '../support/api.js';
import { clusterMember, type ClusterMember } from '../support/cluster-bench.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { LONG, PATIENCE_MS, until } from '../support/patience.js';
import { ledgerBench, statusCallback } from '../support/ledger-builders.js';
import {
  pgbouncerBinary,
  startPgbouncer,
  type Pgbouncer,
  type PoolMode,
} from '../support/pgbouncer.js';
import { directory, endPrograms, lineOf, start as startProgram } from '../support/program.js';
import { postgresStore, startPostgres, type TestStore } from '../support/stores.js';

const binary = pgbouncerBinary();
const postgres = binary ? await startPostgres() : null;

(binary && postgres ? describe : describe.skip)('behind pgbouncer', () => {
  const server = postgres!;
  let store: TestStore;
  let pooler: Pgbouncer;
  let opened: Database[] = [];

  const start = async (mode: PoolMode, poolSize?: number): Promise<void> => {
    pooler = await startPgbouncer(binary!, server.port, mode, poolSize);
  };
  const pooled = (): Database => {
    const url = pooler.through(store.env['DATABASE_URL'] ?? '');
    const database = new PostgresDatabase(url);
    opened.push(database);
    return database;
  };

  beforeEach(async () => {
    store = await postgresStore(server.url());
    await store.database.close();
  });
  afterEach(async () => {
    for (const database of opened) await database.close();
    opened = [];
    await pooler.stop();
    await store.remove();
  });
  afterAll(() => server.dispose());

  describe.each(['session', 'transaction'] as const)('in %s mode', (mode) => {
    test('the store works, for several instances at once', async () => {
      await start(mode);
      const first = pooled();
      await first.open();
      const bench = await ledgerBench(first);
      const { runId } = await bench.run();
      await bench.ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', 1)));
      const second = pooled();
      await second.open();
      const rows = await second.read((db) => db.selectFrom('runs').selectAll().execute());
      expect(rows).toMatchObject([{ run_id: runId, status: 'ringing' }]);
      for (const database of [first, second]) {
        expect(await database.report()).toMatchObject({ up: true, migrated: true });
      }
    });

    test('of two that must be alone and start at once, one is admitted', async () => {
      await start(mode);
      const url = pooler.through(store.env['DATABASE_URL'] ?? '');
      const results = await Promise.allSettled(
        ['one', 'other'].map((instanceId) => {
          const because = 'each has its own tunnel';
          const alone = {
            instanceId,
            name: 'api',
            aliveMs: 60_000,
            because,
            fix: 'set PUBLIC_URL',
            withAccountsOf: null,
          };
          const database = new PostgresDatabase(url, { alone, aloneWaitMs: 300 });
          opened.push(database);
          return database.open();
        }),
      );
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'store_held' },
      });
    });

    test('sessions that are ended cost a while, and nothing else', async () => {
      await start(mode);
      const database = pooled();
      await database.open();
      await onServer(
        server.url(),
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
      );
      await until(async () => (await database.report()).up);
      await ledgerBench(database);
    });

    test('the deadlines of the server hold within transactions, and stay behind in no session', async () => {
      await start(mode);
      const database = pooled();
      await database.open();
      const shown = await database.write((trx) =>
        sql<{ statement_timeout: string }>`show statement_timeout`.execute(trx),
      );
      expect(shown.rows).toEqual([{ statement_timeout: '2300ms' }]);
      const url = pooler.through(store.env['DATABASE_URL'] ?? '');
      // Every session that the pooler has, one after the other.
      const clients = Array.from({ length: 8 }, () => new Client({ connectionString: url }));
      await Promise.all(clients.map((client) => client.connect()));
      await Promise.all(clients.map((client) => client.query('begin')));
      for (const client of clients) {
        const { rows } = await client.query('show statement_timeout');
        expect(rows).toEqual([{ statement_timeout: '0' }]);
        await client.end();
      }
    });

    (LONG ? test : test.skip)(
      'of two whole services with simulated carriers one works and the other ends with a message',
      async () => {
        await start(mode);
        const env = {
          DATABASE_URL: pooler.through(store.env['DATABASE_URL'] ?? ''),
          API_KEY,
          DRAIN_TIMEOUT_SECONDS: '0',
        };
        const first = startProgram(await directory(), env);
        const listening = await until(() => lineOf(first, 'service.listening'), 'listening');
        expect(listening).toMatchObject({ ready: true, store: 'postgres' });
        const url = String(listening['url']);
        const second = startProgram(await directory(), env);
        expect(await second.exited).toBe(1);
        expect(second.stderr).toMatch(/^another Patchbay is using .* simulated carrier .*\n$/);
        const api = new Api({ url });
        const placed = await api.place({ to: THEIR_NUMBER });
        await api.until(placed.workflow_run_id, (call) => call.streaming);
        await api.request('POST', `/telephony/calls/${placed.workflow_run_id}/hangup`);
        await api.until(placed.workflow_run_id, (call) => call.status === 'completed');
        expect((await fetch(`${url}/health/ready`)).status).toBe(200);
        first.child.kill('SIGTERM');
        expect(await first.exited).toBe(0);
        const third = startProgram(await directory(), env);
        await until(() => lineOf(third, 'service.listening'), 'listening again');
        await endPrograms();
      },
      120_000,
    );
  });

  describe('instances in transaction mode', () => {
    const members: ClusterMember[] = [];
    afterEach(async () => {
      await Promise.all(members.splice(0).map((member) => member.stop()));
    });

    /** Two that know of each other; the second answers commands. */
    const startBoth = async (directUrl?: string): Promise<[ClusterMember, ClusterMember]> => {
      await start('transaction');
      const url = pooler.through(store.env['DATABASE_URL'] ?? '');
      const one = await clusterMember(url, 'api-1', directUrl);
      members.push(one);
      const other = await clusterMember(url, 'api-2', directUrl);
      members.push(other);
      one.cluster.announce();
      await until(() => !one.cluster.isAlone && !other.cluster.isAlone);
      other.commands.handle('probe', () => ({ audio_ago_ms: 20 }));
      return [one, other];
    };
    const events = ({ lines }: ClusterMember): string[] => lines.map(({ event }) => event);

    test('nudges arrive where DATABASE_DIRECT_URL leads past the pooler', async () => {
      const [one, other] = await startBoth(store.env['DATABASE_URL']);
      for (const { bus } of [one, other]) {
        await until(async () => (await bus.roundTrip(PATIENCE_MS)) !== null);
      }
      const heard: string[] = [];
      other.bus.onNudge('instance', () => heard.push('instance'));
      one.bus.nudge({ instance: other.instance.id });
      await until(() => heard.length > 0);
      other.bus.onNudge('feed', () => heard.push('feed'));
      one.bus.nudge('feed');
      await until(() => heard.length > 1);
      expect(heard).toEqual(['instance', 'feed']);
      expect([...events(one), ...events(other)]).not.toContain('bus.deaf');
    });

    test('without it they do not: log and doctor say why, and commands are found all the same', async () => {
      const [one, other] = await startBoth();
      await until(() => [one, other].every((member) => events(member).includes('bus.deaf')));
      const deaf = one.lines.find(({ event }) => event === 'bus.deaf');
      expect(deaf).toMatchObject({
        level: 'warn',
        fix: expect.stringMatching(/DATABASE_DIRECT_URL/),
      });
      const storeIsUp = () => Promise.resolve(true);
      const finding = await busCheck.look({ bus: one.bus, storeIsUp } as unknown as Examination);
      expect(finding).toMatchObject({
        status: 'warn',
        seen: expect.stringContaining('accepts LISTEN but no notification arrives'),
        fix: expect.stringMatching(/^Set DATABASE_DIRECT_URL .*past the pooler\.$/),
      });
      const { id } = other.instance;
      const probe = { kind: 'probe', runId: 7, generation: 2, args: {} } as const;
      expect(await one.commands.ask(id, probe, PATIENCE_MS)).toEqual({ audio_ago_ms: 20 });
    });
  });

  test('one session for us is enough for a store whose schema is up to date', async () => {
    await start('transaction', 1);
    const database = pooled();
    await database.open();
    expect(await database.report()).toMatchObject({ up: true });
    await ledgerBench(database);
  });

  test('in statement mode a start is refused, with what pgbouncer says', async () => {
    await start('statement');
    await expect(pooled().open()).rejects.toMatchObject({
      code: 'cannot_start',
      message: expect.stringMatching(/transaction blocks not allowed[^]*DATABASE_URL/),
    });
  });
});

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
