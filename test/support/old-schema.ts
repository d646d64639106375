import { sql } from 'kysely';
import type { Database, StoreKind } from '../../src/database/database.js';
import { migrations } from '../../src/database/migrations.js';

/** The names of all tables; on SQLite a table goes before those that it refers to, so the youngest is first. */
const TABLES: Record<StoreKind, string> = {
  postgres: `select tablename as name from pg_tables where schemaname = 'public'`,
  sqlite: `select name from sqlite_master where type = 'table' order by rowid desc`,
};

/** Gives an empty store the tables of an earlier release: those of the migrations up to one of them. */
export async function toSchemaOf(database: Database, last: string): Promise<void> {
  const { kind } = database;
  const known = Object.entries(migrations(kind));
  if (!known.some(([name]) => name === last)) throw new Error(`there is no migration ${last}`);
  await database.write(async (trx) => {
    const { rows } = await sql<{ name: string }>`${sql.raw(TABLES[kind])}`.execute(trx);
    for (const { name } of rows) {
      // The migrator's own tables stay, and so do SQLite's internal tables.
      if (/^(kysely|sqlite)_/.test(name)) continue;
      const all = sql.raw(kind === 'postgres' ? 'cascade' : '');
      await sql`drop table ${sql.table(name)} ${all}`.execute(trx);
    }
    if (kind === 'postgres') await sql`drop sequence if exists feed`.execute(trx);
    for (const [name, migration] of known) if (name <= last) await migration.up(trx);
    await sql`delete from kysely_migration where name > ${last}`.execute(trx);
  });
}
