import { Kysely, PostgresDialect } from 'kysely';
import { STORE_DEADLINE_MS } from './database.js';
import { CONNECTING, postgresPool } from './postgres-pool.js';
import type { Tables } from './schema.js';

/**
 * Works on a few connections of its own without deadlines, because a migration may have many rows
 * to rewrite. Each is closed afterwards.
 */
export async function onUnhurriedConnections<T>(
  url: string,
  work: (db: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  const pool = postgresPool({
    ...CONNECTING,
    connectionString: url,
    // One keeps the lock of migrations, and one builds what cannot be built in a transaction.
    max: 2,
    connectionTimeoutMillis: STORE_DEADLINE_MS,
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}
