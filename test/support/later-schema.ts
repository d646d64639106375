import { Migrator, sql } from 'kysely';
import type { Database } from '../../src/database/database.js';
import { migrations } from '../../src/database/migrations.js';

export const LATER = '0099-later';

/**
 * Migrates a PostgreSQL store as a later release does before it starts: tables and columns are
 * added, and this release may go on beside it.
 */
export async function toLaterSchema(database: Database): Promise<void> {
  const expand = [
    `create table handovers (run_id bigint primary key references runs, state text not null)`,
    `alter table runs add column handover text not null default 'none'`,
    `alter table call_events add column written_by text`,
    `alter table instances add column state text not null default 'ready'`,
    `alter table instances add column version text`,
    `alter table webhook_deliveries add column priority integer not null default 0`,
    `alter table webhook_endpoints add column ordered integer not null default 0`,
    `alter table cell add column timeline text`,
    `update cell set schema = '${LATER}'`,
  ];
  await database.read(async (db) => {
    const later = {
      ...migrations('postgres'),
      [LATER]: {
        up: async () => {
          for (const statement of expand) await sql.raw(statement).execute(db);
        },
      },
    };
    const provider = { getMigrations: () => Promise.resolve(later) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    if (error !== undefined) throw new Error('the migration failed', { cause: error });
  });
}
