import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Database, StoreKind } from '../../src/database/database.js';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';
import { placeMigratedFile } from './migrated-file.js';
import { PATIENCE_MS } from './patience.js';
import { startKeptPostgres, startOwnPostgres, type PostgresServer } from './postgres-server.js';

/**
 * Shorter than the service's, so that no test waits for a holder that does not
 * release the lock.
 */
const LOCK_WAIT_MS = 1_000;
/**
 * Longer than the service's: a store on a busy machine is slow, not away. A test of
 * an outage opens its own store.
 */
const DEADLINE_MS = 30_000;

/** A real store, empty and open, for one test. */
export interface TestStore {
  readonly kind: StoreKind;
  readonly database: Database;
  /** The settings that lead a service, or another process, to this store. */
  readonly env: Record<string, string>;
  /**
   * Another instance over the same data, not yet opened; the caller closes it.
   * On SQLite it waits a second for the lock.
   */
  another: (lockWaitMs?: number) => Database;
  /** Closes it and deletes its data. */
  remove(): Promise<void>;
}

/** Where fresh stores of one kind come from. */
export interface StoreSource {
  readonly kind: StoreKind;
  create(): Promise<TestStore>;
  /** After the last test. */
  dispose(): Promise<void>;
}

export const sqliteStores: StoreSource = {
  kind: 'sqlite',
  create: async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-store-'));
    await placeMigratedFile(dataDir);
    const another = (lockWaitMs = LOCK_WAIT_MS): Database =>
      new SqliteDatabase(dataDir, lockWaitMs, DEADLINE_MS);
    const database = another();
    await database.open();
    return {
      kind: 'sqlite',
      database,
      env: { DATA_DIR: dataDir },
      another,
      remove: async () => {
        await database.close();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
  dispose: () => Promise.resolve(),
};

/**
 * Databases on the server of `TEST_DATABASE_URL`, else on one of our own. Null,
 * and a line that says why, where there is neither:
 *
 * ```ts
 * const source = await postgresStores();
 * (source ? describe : describe.skip)('…', () => { afterAll(() => source?.dispose()); … });
 * ```
 *
 * @throws instead of returning null when `REQUIRE_POSTGRES=1`
 */
export async function postgresStores(): Promise<StoreSource | null> {
  const given = process.env['TEST_DATABASE_URL'];
  const kept = given ? null : await keptStores();
  if (kept) return kept;
  const server = given ? null : await startPostgres();
  const base = given ?? server?.url();
  if (!base) return null;
  const reachable = await orSayWhy(() => onServer(base, 'select 1'));
  if (reachable === null) return null;
  return storesOn(base, async (template) => {
    if (template) await onServer(base, `drop database if exists ${template}`);
    await server?.dispose();
  });
}

/** @param dispose is told the database that the others are copied from */
function storesOn(base: string, dispose: (template: string | null) => Promise<void>): StoreSource {
  // Only the first store is migrated; PostgreSQL copies the others from it.
  let template: Promise<string> | null = null;
  return {
    kind: 'postgres',
    create: async () => postgresStore(base, await (template ??= migratedDatabase(base))),
    dispose: async () => dispose(await template),
  };
}

/** Of this worker: its spec files, which run one after the other, share the realm and so this. */
const shared = globalThis as { patchbayStores?: Promise<StoreSource | null> };

/** Databases on a server that all spec files of this worker use; null where none can be kept. */
function keptStores(): Promise<StoreSource | null> {
  return (shared.patchbayStores ??= orSayWhy(async () => {
    const server = await startKeptPostgres();
    return server && storesOn(server.url(), () => Promise.resolve());
  }));
}

/** A server of our own, for tests that stop it; null as in {@link postgresStores}. */
export async function startPostgres(): Promise<PostgresServer | null> {
  return orSayWhy(startOwnPostgres);
}

/** A new database with the schema and without an instance, to copy others from. */
async function migratedDatabase(base: string): Promise<string> {
  const { database, env } = await postgresStore(base);
  await database.close();
  return new URL(env['DATABASE_URL'] ?? '').pathname.slice(1);
}

/** A fresh database on the server behind `base`: an empty one, or a copy of `template`. */
export async function postgresStore(base: string, template = 'template1'): Promise<TestStore> {
  const name = `patchbay_${randomBytes(6).toString('hex')}`;
  await onServer(base, `create database ${name} template ${template}`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  const another = (): Database => new PostgresDatabase(url.href, { deadlineMs: DEADLINE_MS });
  const database = another();
  await database.open();
  return {
    kind: 'postgres',
    database,
    env: { DATABASE_URL: url.href },
    another,
    remove: async () => {
      await database.close();
      await onServer(base, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<true> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
  return true;
}

async function orSayWhy<T>(start: () => Promise<T>): Promise<T | null> {
  try {
    return await start();
  } catch (error) {
    const why = `PostgreSQL is not available: ${error instanceof Error ? error.message : String(error)}`;
    if (process.env['REQUIRE_POSTGRES'] === '1') throw new Error(why, { cause: error });
    process.stderr.write(`\n${why}\n`);
    return null;
  }
}
