import { sql, type Kysely } from 'kysely';
import { StartError } from '../shared/start-error.js';
import type { StoreKind } from './database.js';
import { migrations } from './migrations.js';
import { postgresEngine } from './postgres-engine.js';
import type { SchemaStep } from './schema-step.js';
import type { Tables } from './schema.js';

/** Since this migration the store says which releases may work on it. */
const CELL_SINCE = '0006-several-writers';
/** The schema of release 0.2, the first whose instances say of themselves that they live. */
const INSTANCES_SINCE = '0008b-instances-alone';

/**
 * Brings the schema up to date, in the caller's transaction. For a store that nobody else uses;
 * see `migrateBeside` for the other.
 *
 * @throws StartError for a store that is too new; otherwise the error of the first failing
 *   migration
 */
export async function migrateToLatest(db: Kysely<Tables>, kind: StoreKind): Promise<void> {
  const steps = migrations(kind);
  for (const name of await missingMigrations(db, kind, steps)) await applyStep(db, name, steps);
}

/**
 * The migrations that the schema lacks, in order. None where the schema is of a newer release
 * that allows this one to work beside it: the row of `cell` names the oldest migration whose
 * release is allowed.
 *
 * @throws StartError for a store that is too new
 */
export async function missingMigrations(
  db: Kysely<Tables>,
  kind: StoreKind,
  steps: Readonly<Record<string, SchemaStep>> = migrations(kind),
): Promise<string[]> {
  const applied = await appliedTo(db, kind);
  const missing = Object.keys(steps).filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !(name in steps));
  if (unknown.length === 0) return missing;
  const newest = Object.keys(steps).at(-1) ?? '';
  const oldest = applied.includes(CELL_SINCE) ? await minCompatible(db) : null;
  if (oldest !== null && oldest <= newest && applied.includes(newest)) return [];
  throw new StartError(
    kind === 'postgres' ? 'DATABASE_URL' : 'DATA_DIR',
    `the store was written by a newer release (its schema has ${unknown.join(', ')})${oldest === null ? '' : `, beside which releases may work from ${oldest} on, and this one has ${newest}`}`,
    'Start that release, or name a store of this one, such as a backup from before the update.',
  );
}

/** Applies one migration and notes that it was. */
export async function applyStep(
  db: Kysely<Tables>,
  name: string,
  steps: Readonly<Record<string, SchemaStep>>,
): Promise<void> {
  const step = steps[name];
  if (step?.minCompatible !== undefined) await refuseOlder(db, step.minCompatible);
  await step?.up(db);
  await noteApplied(db, name);
}

/** Keeps releases from starting on the store that do not know a migration. */
export async function refuseOlder(db: Kysely<Tables>, known: string): Promise<void> {
  await db
    .updateTable('cell')
    .set({ min_compatible: known })
    .where('min_compatible', '<', known)
    .execute();
}

/** Notes that a migration was applied. */
export async function noteApplied(db: Kysely<Tables>, name: string): Promise<void> {
  // The table is Kysely's own, which releases before 0.3 keep their record in as well.
  await sql`create table if not exists kysely_migration (
    name varchar(255) not null primary key, "timestamp" varchar(255) not null)`.execute(db);
  await sql`insert into kysely_migration values (${name}, ${new Date().toISOString()})`.execute(db);
  if (name < CELL_SINCE) return;
  await db.updateTable('cell').set({ schema: name }).where('schema', '<', name).execute();
}

/** The migrations that were applied; none for a new store. */
export async function appliedTo(db: Kysely<Tables>, kind: StoreKind): Promise<string[]> {
  const table =
    kind === 'postgres'
      ? sql<{ there: number }>`select 1 as there where to_regclass('kysely_migration') is not null`
      : sql<{
          there: number;
        }>`select 1 as there from sqlite_master where name = 'kysely_migration'`;
  if ((await table.execute(db)).rows.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name);
}

/** How many instances live on a PostgreSQL store; none where its schema knows of none yet. */
export async function livingInstances(db: Kysely<Tables>): Promise<number> {
  if (!(await appliedTo(db, 'postgres')).includes(INSTANCES_SINCE)) return 0;
  const { count } = await db
    .selectFrom('instances')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('lease_until', '>', postgresEngine.now())
    .executeTakeFirstOrThrow();
  return count;
}

/** The oldest migration that may start on this store; null where no release has set one. */
async function minCompatible(db: Kysely<Tables>): Promise<string | null> {
  const row = await db.selectFrom('cell').select('min_compatible').executeTakeFirst();
  return row?.min_compatible ?? null;
}
