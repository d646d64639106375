import { sql, type Kysely } from 'kysely';
import type { StoreKind } from './database.js';
import type { Tables } from './schema.js';

/** One migration: a step in the history of the schema. */
export interface SchemaStep {
  up(db: Kysely<Tables>): Promise<void>;
  /**
   * Runs outside a transaction on PostgreSQL, as `create index concurrently` must. What it has
   * done stays when it fails, so it must be safe to run again from its middle.
   */
  outsideTransaction?: true;
  /**
   * For a step that takes something away: the oldest migration whose release can do without it.
   * Older releases do not start any more from then on, and the step waits until none runs.
   */
  minCompatible?: string;
}

export interface NewIndex {
  name: string;
  /** What follows the name in `create index`: `on runs (user_id, run_id)`. */
  on: string;
  unique?: boolean;
}

/**
 * Builds indexes beside running instances: on PostgreSQL without keeping anyone from writing.
 * For tables that are large by then; `create index` in a transaction is for new and small ones.
 */
export function indexesBeside(kind: StoreKind, indexes: readonly NewIndex[]): SchemaStep {
  const beside = kind === 'postgres' ? 'concurrently' : '';
  return {
    outsideTransaction: true,
    async up(db) {
      for (const { name, on, unique = false } of indexes) {
        if (kind === 'postgres') await dropUnfinished(db, name);
        const what = unique ? 'unique index' : 'index';
        await sql.raw(`create ${what} ${beside} if not exists ${name} ${on}`).execute(db);
      }
    },
  };
}

/** An index whose building was cut off stays behind under its name, and no query uses it. */
async function dropUnfinished(db: Kysely<Tables>, name: string): Promise<void> {
  const { rows } = await sql<{ unfinished: boolean }>`
    select not indisvalid as unfinished from pg_index
    where indexrelid = to_regclass(${name})`.execute(db);
  if (rows[0]?.unfinished) await sql`drop index concurrently ${sql.ref(name)}`.execute(db);
}
