import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Database } from '../../src/database/database.js';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';
import { withDatabase } from './cluster/store-counts.js';
import { newKeys, startPatchbay } from './media/servers.js';

export const LISTS_HELP = `  lists         the history of 10,000 and of 100,000 calls: its first page and searches, by HTTP; on SQLite, and on
                PostgreSQL too when BENCH_DATABASE_URL names a server where databases may be made
`;

const SERVICE = new URL('../../src/main.js', import.meta.url);
const CHUNK = 10_000;
const TRIES = 25;
/** As many as the console shows at first. */
const PAGE = 50;
const FIRST_ROWS_MAX_MS = 300;
const SEARCH_MAX_MS = 100;

export interface ListsResult {
  store: string;
  calls: number;
  what: string;
  /** Milliseconds from the request to the end of its reply. */
  p50: number;
  p95: number;
  targetMs: number;
}

interface Store {
  name: string;
  env: Record<string, string>;
  open: () => Database;
}

/** Measures what somebody waits for who looks for a call; the target is held by p95. */
export async function listsCommand(): Promise<ListsResult[]> {
  process.stdout.write(`\nlists: ${TRIES} requests each, one after another; times in ms\n`);
  const results: ListsResult[] = [];
  for (const calls of [10_000, 100_000]) {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-lists-'));
    const sqlite: Store = {
      name: 'SQLite',
      env: { DATA_DIR: directory },
      open: () => new SqliteDatabase(directory),
    };
    try {
      results.push(...(await onStore(sqlite, calls)));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    const server = process.env['BENCH_DATABASE_URL'];
    if (server === undefined) continue;
    const onPostgres = (url: string): Promise<ListsResult[]> => {
      const current = randomBytes(32);
      const env = { DATABASE_URL: url, CREDENTIALS_KEY: current.toString('base64') };
      const open = (): Database => new PostgresDatabase(url, { keys: { current, previous: null } });
      return onStore({ name: 'PostgreSQL', env, open }, calls);
    };
    results.push(...(await withDatabase(server, onPostgres)));
  }
  const missed = results.filter(({ p95, targetMs }) => p95 > targetMs);
  process.stdout.write(
    `  ${results.length - missed.length} of ${results.length} within their targets\n`,
  );
  if (missed.length > 0) process.exitCode = 1;
  return results;
}

async function onStore({ name, env, open }: Store, calls: number): Promise<ListsResult[]> {
  const keys = newKeys();
  // The first start makes the schema, the user and a workflow.
  await (await startPatchbay(SERVICE, keys, env)).stop();
  const database = open();
  await database.open();
  await fill(database, calls);
  await database.close();
  const server = await startPatchbay(SERVICE, keys, env);
  const ask = async (query: string): Promise<number> => {
    const url = `http://127.0.0.1:${server.port}/api/v1/telephony/calls?limit=${PAGE}&${query}`;
    const begun = performance.now();
    const reply = await fetch(url, { headers: { authorization: `Bearer ${keys.apiKey}` } });
    const { data } = (await reply.json()) as { data?: unknown[] };
    const tookMs = performance.now() - begun;
    if (!data) throw new Error(`${query}: HTTP ${reply.status}`);
    return tookMs;
  };
  const measured = async (what: string, query: string, targetMs: number): Promise<ListsResult> => {
    const took: number[] = [];
    for (let nth = 0; nth < TRIES; nth += 1) took.push(await ask(query));
    took.sort((a, b) => a - b);
    const at = (share: number): number => took[Math.floor(share * (TRIES - 1))] as number;
    const result = { store: name, calls, what, p50: at(0.5), p95: at(0.95), targetMs };
    process.stdout.write(
      `  ${name.padEnd(11)}${String(calls).padStart(7)}  ${what.padEnd(26)}${result.p50.toFixed(1).padStart(7)}${result.p95.toFixed(1).padStart(7)}  at most ${targetMs}\n`,
    );
    return result;
  };
  try {
    return [
      await measured('the first rows', '', FIRST_ROWS_MAX_MS),
      await measured('a number', 'number=%2B12025551123', SEARCH_MAX_MS),
      await measured('a number of every call', 'number=%2B15005550006', SEARCH_MAX_MS),
      await measured('a number that none has', 'number=%2B12025559999', SEARCH_MAX_MS),
      await measured('failed calls', 'end_reason=agent_failed', SEARCH_MAX_MS),
    ];
  } finally {
    await server.stop();
  }
}

/** Rows as the ledger writes them, made by the store itself. */
async function fill(database: Database, calls: number): Promise<void> {
  for (let from = 1; from <= calls; from += CHUNK) {
    await database.write((trx) =>
      sql`with recursive n(i) as (select ${sql.lit(from)} union all
          select i + 1 from n where i < ${sql.lit(from + CHUNK - 1)})
        insert into runs (workflow_id, user_id, direction, provider, account_id, provider_call_id,
          from_number, to_number, status, end_reason, ended_at, context, facts, agent, agent_options, recording,
          public_origin, ring_timeout_seconds, max_duration_seconds, created_at, updated_at, position)
        select 1, 1, case when i % 2 = 0 then 'inbound' else 'outbound' end, 'twilio', 'AC1',
          'CA' || i, '+15005550006', '+1202555' || (1000 + i % 5000),
          case when i % 997 = 0 then 'failed' else 'completed' end,
          case when i % 997 = 0 then 'agent_failed' else 'caller_hangup' end, i, '{}', '{}', 'echo', '{}', 0,
          'https://calls.example.com', 60, 3600, i * 1000, i * 1000, i
        from n`.execute(trx),
    );
  }
  if (database.kind === 'postgres') await database.write((trx) => sql`analyze`.execute(trx));
}
