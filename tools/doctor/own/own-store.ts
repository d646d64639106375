import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import type { StoreKind } from '../../../src/database/database.js';
import { CONNECTING, postgresPool } from '../../../src/database/postgres-pool.js';
import type { Tables } from '../../../src/database/schema.js';
import { forKysely } from '../../../src/database/sqlite-database.js';
import { isBusy } from '../../../src/database/store-errors.js';
import type { Settings } from '../../../src/parse-settings.js';
import { within } from '../../../src/shared/within.js';

const CONNECT_MS = 3_000;
const REPLY_MS = 5_000;
const CLOSE_MS = 1_000;

export type StoreKeys = Pick<Settings, 'store' | 'cluster'>;

export interface OwnStore {
  kind: StoreKind;
  db: Kysely<Tables>;
}

/** There is no file of a store in SQLite: the service was never started with this `DATA_DIR`. */
export class NoStoreError extends Error {
  override readonly name = 'NoStoreError';
}

/**
 * Reads the store without the service, and changes nothing in it. Nothing is migrated, and on
 * PostgreSQL no instance is registered.
 *
 * @throws NoStoreError, or the error of the library that reads it
 */
export async function withStore<T>(
  settings: StoreKeys,
  work: (store: OwnStore) => Promise<T>,
): Promise<T> {
  const store = openStore(settings);
  try {
    return await work(store);
  } finally {
    // A line that hangs is not waited for: the process ends soon.
    await within(CLOSE_MS, store.db.destroy()).catch(() => undefined);
  }
}

function openStore({ store, cluster }: StoreKeys): OwnStore {
  const { databaseUrl } = store;
  if (databaseUrl !== null) {
    const pool = postgresPool({
      ...CONNECTING,
      connectionString: cluster.databaseDirectUrl ?? databaseUrl,
      max: 1,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: REPLY_MS,
    });
    return { kind: 'postgres', db: new Kysely({ dialect: new PostgresDialect({ pool }) }) };
  }
  const path = join(store.dataDir, 'patchbay.db');
  if (!existsSync(path)) throw new NoStoreError(`there is no store at ${path}`);
  const file = new Libsql(path);
  file.exec('pragma busy_timeout = 2000; pragma query_only = on');
  return {
    kind: 'sqlite',
    db: new Kysely({ dialect: new SqliteDialect({ database: forKysely(file) }) }),
  };
}

/** Whether a process has the store in SQLite to itself, as a service has while it runs. */
export function isHeld({ store }: Pick<Settings, 'store'>): boolean {
  const path = join(store.dataDir, 'patchbay.lock');
  if (store.databaseUrl !== null || !existsSync(path)) return false;
  const lock = new Libsql(path);
  try {
    lock.exec('begin exclusive; rollback');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    lock.close();
  }
}
