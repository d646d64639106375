import { sql } from 'kysely';
import type { Database } from '../../src/database/database.js';
import { migrations } from '../../src/database/migrations.js';

/** Gives an empty store the tables of an earlier release: those of the migrations up to one of them. */
export async function toSchemaOf(database: Database, last: string): Promise<void> {
  const { kind } = database;
  const known = Object.entries(migrations(kind));
  if (!known.some(([name]) => name === last)) throw new Error(`there is no migration ${last}`);
  await database.write(async (trx) => {
    const tables =
      kind === 'postgres'
        ? sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`
        : // The youngest first: a table goes before those that it refers to.
          sql<{
            name: string;
          }>`select name from sqlite_master where type = 'table' order by rowid desc`;
    for (const { name } of (await tables.execute(trx)).rows) {
      // The migrator's own stay, and so does what SQLite counts with.
      if (/^(kysely|sqlite)_/.test(name)) continue;
      await sql`drop table ${sql.table(name)} ${sql.raw(kind === 'postgres' ? 'cascade' : '')}`.execute(
        trx,
      );
    }
    if (kind === 'postgres') await sql`drop sequence if exists feed`.execute(trx);
    for (const [name, migration] of known) if (name <= last) await migration.up(trx);
    await sql`delete from kysely_migration where name > ${last}`.execute(trx);
  });
}
