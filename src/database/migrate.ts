import { Migrator, type Kysely } from 'kysely';
import { StartError } from '../shared/start-error.js';
import type { StoreKind } from './database.js';
import { migrations, newestMigration } from './migrations.js';
import type { Tables } from './schema.js';

/**
 * Brings the schema up to date. A schema of a newer release is left as it is where that
 * release allows this one to work beside it: the row of `cell` names the oldest migration
 * whose release is allowed.
 *
 * @throws StartError for a store that is too new; otherwise the error of the first failing
 *   migration
 */
export async function migrateToLatest(db: Kysely<Tables>, kind: StoreKind): Promise<void> {
  const ours = migrations(kind);
  const newest = newestMigration(kind);
  const applied = await appliedTo(db);
  const unknown = applied.filter((name) => !(name in ours));
  if (unknown.length > 0) {
    const oldest = await minCompatible(db);
    if (oldest !== null && oldest <= newest && applied.includes(newest)) return;
    throw new StartError(
      kind === 'postgres' ? 'DATABASE_URL' : 'DATA_DIR',
      `the store was written by a newer release (its schema has ${unknown.join(', ')})${oldest === null ? '' : `, beside which releases may work from ${oldest} on, and this one has ${newest}`}`,
      'Start that release, or name a store of this one, such as a backup from before the update.',
    );
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(ours) },
    // By code points, as above; by default it depends on the language of the machine.
    nameComparator: (one, other) => (one < other ? -1 : one > other ? 1 : 0),
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw error instanceof Error ? error : new Error('the migration failed', { cause: error });
  }
  await db.updateTable('cell').set({ schema: newest }).where('schema', '<', newest).execute();
}

/**
 * The migrations that were applied; empty where the store has no record of them,
 * such as a new store.
 */
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

/** The oldest migration that may start on this store; null where no release has set one. */
async function minCompatible(db: Kysely<Tables>): Promise<string | null> {
  try {
    const row = await db.selectFrom('cell').select('min_compatible').executeTakeFirst();
    return row?.min_compatible ?? null;
  } catch {
    return null;
  }
}
