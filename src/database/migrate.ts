import { Migrator, type Kysely } from 'kysely';
import type { StoreKind } from './database.js';
import { migrations } from './migrations.js';
import type { Tables } from './schema.js';

/** Brings the schema up to date; throws what the first failing migration threw. */
export async function migrateToLatest(db: Kysely<Tables>, kind: StoreKind): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations(kind)) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof Error) throw error;
  if (error !== undefined) throw new Error('the migration failed', { cause: error });
}
