import { Migrator, type Kysely } from 'kysely';
import { StartError } from '../shared/start-error.js';
import type { StoreKind } from './database.js';
import { migrations } from './migrations.js';
import type { Tables } from './schema.js';

/**
 * Brings the schema up to date.
 * @throws StartError for a store that a newer release has written, else what the first failing migration threw
 */
export async function migrateToLatest(db: Kysely<Tables>, kind: StoreKind): Promise<void> {
  const ours = migrations(kind);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(ours) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const unknown = (await appliedTo(db)).filter((name) => !(name in ours));
  if (unknown.length > 0) {
    throw new StartError(
      kind === 'postgres' ? 'DATABASE_URL' : 'DATA_DIR',
      `the store was written by a newer release (its schema has ${unknown.join(', ')})`,
      'Start that release, or name a store of this one, such as a backup from before the update.',
      { cause: error },
    );
  }
  throw error instanceof Error ? error : new Error('the migration failed', { cause: error });
}

/** Empty where the store cannot tell. */
async function appliedTo(db: Kysely<Tables>): Promise<string[]> {
  try {
    const rows = await db
      .withTables<{ kysely_migration: { name: string } }>()
      .selectFrom('kysely_migration')
      .select('name')
      .execute();
    return rows.map(({ name }) => name);
  } catch {
    return [];
  }
}
