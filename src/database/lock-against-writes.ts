import { sql, type Transaction } from 'kysely';
import type { StoreKind } from './database.js';
import type { Tables } from './schema.js';

/**
 * Keeps other transactions from writing to a table until this one has ended, so
 * that rows which are counted are not added to meanwhile; reading goes on. To be
 * the first thing in a transaction: PostgreSQL freezes what it sees with the
 * first query (PostgreSQL docs, "LOCK"). SQLite has one writer at a time.
 */
export async function lockAgainstWrites(
  trx: Transaction<Tables>,
  kind: StoreKind,
  table: keyof Tables,
): Promise<void> {
  if (kind === 'postgres') {
    await sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(trx);
  }
}
