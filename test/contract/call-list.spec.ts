import { afterAll, describe, expect, it } from '@jest/globals';
import {
  CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresQueryCompiler,
  sql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { CallList, type CallFilter } from '../../src/calls/ledger/call-list.js';
import type { Database, StoreKind } from '../../src/database/database.js';
import type { Tables } from '../../src/database/schema.js';
import { LONG } from '../support/patience.js';
import {
  postgresStores,
  sqliteStores,
  type StoreSource,
  type TestStore,
} from '../support/stores.js';

const CALLS = LONG ? 100_000 : 20_000;
/** The target of 100,000 calls, on a quiet machine. */
const WITHIN_MS = 50;
const TRIES = 5;
/** Of PostgreSQL's rows that one question may touch: without an index it is all of them. */
const ROWS_MAX = 1_000;

const sources: Array<[string, StoreSource | null]> = [
  ['SQLite', sqliteStores],
  ['PostgreSQL', await postgresStores()],
];

describe.each(sources)('the list of very many calls, on %s', (_name, source) => {
  afterAll(() => source?.dispose());

  (source ? it : it.skip)(
    'answers every filter, any page and the search by number from an index',
    async () => {
      const store = await source!.create();
      try {
        await fill(store.database);
        const list = new CallList(store.database);
        const queries: Array<[string, Partial<CallFilter>]> = [
          ['newest', {}],
          ['a page in the middle', { before: CALLS / 2 }],
          ['a rare status', { status: 'failed' }],
          ['a status that none has', { status: 'ringing' }],
          ['a rare reason', { endReasons: ['agent_failed'] }],
          ['a reason that none has', { endReasons: ['stream_lost'] }],
          ['a rare reason and the usual one', { endReasons: ['agent_failed', 'caller_hangup'] }],
          ['a number and a rare reason', { number: '+12025550123', endReasons: ['agent_failed'] }],
          ['a number', { number: '+12025550123' }],
          ['a number of every call', { number: '+15005550006' }],
          ['a number and a rare status', { number: '+12025550123', status: 'failed' }],
          ['a number that none has', { number: '+12025559999' }],
          ['a call of the carrier', { providerCallId: 'CA7777' }],
          ['a time', { fromTime: new Date(CALLS * 500), toTime: new Date(CALLS * 500 + 100_000) }],
          ['one direction of one workflow', { direction: 'outbound', workflowId: 1 }],
        ];
        for (const [name, filter] of queries) {
          for (const query of await asked(store.kind, filter)) {
            expect({ name, ...(await cost(store, query)) }).toEqual({ name, withoutIndex: [] });
          }
          if (!LONG) continue;
          let best = Infinity;
          for (let attempt = 0; attempt < TRIES; attempt++) {
            const begun = performance.now();
            await list.find({ userId: 1, limit: 21, ...filter });
            best = Math.min(best, performance.now() - begun);
          }
          process.stdout.write(`${name}: ${best.toFixed(1)} ms\n`);
          expect({ name, fast: best < WITHIN_MS, best }).toMatchObject({ name, fast: true });
        }
      } finally {
        await store.remove();
      }
    },
  );
});

/** The questions that the list asks the store for this filter. */
async function asked(kind: StoreKind, filter: Partial<CallFilter>): Promise<CompiledQuery[]> {
  const queries: CompiledQuery[] = [];
  const sqlite = kind === 'sqlite';
  const recorder = new Kysely<Tables>({
    dialect: {
      createAdapter: () => (sqlite ? new SqliteAdapter() : new PostgresAdapter()),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => (sqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
    },
    log: ({ query }) => void queries.push(query),
  });
  const database = { read: (work: (db: Kysely<Tables>) => Promise<unknown>) => work(recorder) };
  await new CallList(database as Database).find({ userId: 1, limit: 21, ...filter });
  expect(queries.length).toBeGreaterThan(0);
  return queries;
}

/** What of the engine's own plan goes over calls that were not asked for. */
async function cost(
  { kind, database }: TestStore,
  { sql: text, parameters }: CompiledQuery,
): Promise<{ withoutIndex: unknown[] }> {
  const explain = kind === 'sqlite' ? 'explain query plan' : 'explain (analyze, format json)';
  const { rows } = await database.read((db) =>
    db.executeQuery(CompiledQuery.raw(`${explain} ${text}`, [...parameters])),
  );
  if (kind === 'sqlite') {
    const [search = '', ...others] = (rows as Array<{ detail: string }>).map(
      ({ detail }) => detail,
    );
    const isNarrow = /runs_by_time|runs_by_carrier|provider_call_id/.test(search);
    // Few rows may be sorted; many must come in order.
    const sorts = isNarrow ? [] : others;
    return { withoutIndex: /^SEARCH runs USING (INTEGER|INDEX)/.test(search) ? sorts : [search] };
  }
  const [{ 'QUERY PLAN': plans }] = rows as [{ 'QUERY PLAN': Array<{ Plan: PlanNode }> }];
  const nodes = plans.flatMap(({ Plan }) => within(Plan));
  const touched = nodes.reduce(
    (sum, node) => sum + node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0),
    0,
  );
  return { withoutIndex: touched > ROWS_MAX ? plans : [] };
}

interface PlanNode {
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

function within(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(within)];
}

/** Rows as the ledger writes them, made by the store itself: this is about reading. */
async function fill(
  database: Awaited<ReturnType<StoreSource['create']>>['database'],
): Promise<void> {
  const chunk = 10_000;
  await database.write(async (trx) => {
    await sql`insert into users (user_id, name, created_at) values (1, 'one', 0)`.execute(trx);
    await sql`insert into workflows (workflow_id, user_id, name, agent, agent_options, recording,
      created_at, updated_at) values (1, 1, 'Echo', 'echo', '{}', 0, 0, 0)`.execute(trx);
  });
  for (let from = 1; from <= CALLS; from += chunk) {
    await database.write((trx) =>
      sql`with recursive n(i) as (select ${sql.lit(from)} union all
          select i + 1 from n where i < ${sql.lit(from + chunk - 1)})
        insert into runs (workflow_id, user_id, direction, provider, account_id, provider_call_id,
          from_number, to_number, status, end_reason, ended_at, context, facts, agent, agent_options, recording,
          public_origin, ring_timeout_seconds, max_duration_seconds, created_at, updated_at, position)
        select 1, 1, case when i % 2 = 0 then 'inbound' else 'outbound' end, 'twilio', 'AC1',
          'CA' || i, '+15005550006', '+1202555' || (1000 + i % 5000),
          case when i % 997 = 0 then 'failed' else 'completed' end,
          case when i % 997 = 0 then 'agent_failed' else 'caller_hangup' end, i, '{}', '{}', 'echo', '{}', 0,
          'https://gw.example.com', 60, 3600, i * 1000, i * 1000, i
        from n`.execute(trx),
    );
  }
  // As PostgreSQL's own housekeeping does it; SQLite has none.
  if (database.kind === 'postgres') await database.write((trx) => sql`analyze`.execute(trx));
}
