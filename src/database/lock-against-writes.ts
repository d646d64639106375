import { sql, type Transaction } from 'kysely';
import type { StoreKind } from './database.js';
import type { Tables } from './schema.js';

/**
 * Keeps other transactions from writing to a table until this one has ended, so
 * that no rows are added while they are counted; reads go on. Must be the first
 * statement of a transaction: PostgreSQL takes its snapshot with the first query
 * (PostgreSQL docs, "LOCK"). SQLite has one writer at a time.
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
