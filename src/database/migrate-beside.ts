import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import { codeOf } from '../shared/start-error.js';
import { appliedTo, applyStep, missingMigrations, noteApplied, refuseOlder } from './migrate.js';
import { migrations } from './migrations.js';
import { postgresEngine } from './postgres-engine.js';
import type { SchemaStep } from './schema-step.js';
import type { Tables } from './schema.js';
import { StoreUnavailableError } from './store-errors.js';

/** The advisory lock that Kysely's migrator takes too, so that a start of release 0.2 waits for us. */
const LOCK_KEY = '3853314791062309107';
/** Queries queue up behind a statement that waits for a table, so it waits less than their deadline. */
const LOCK_TIMEOUT_MS = 2_000;
/** How long the queries that queued up may go on before the next attempt. */
const PAUSE_MS = 1_000;
const GIVE_UP_MS = 600_000;
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';

/** What a migration is doing. */
export type MigrationStep =
  | { step: 'applied'; name: string; tookMs: number }
  /** Tried again in a moment. */
  | { step: 'waiting'; name: string; for: Obstacle };

/**
 * - `lock`: a transaction of somebody else has a table
 * - `migration`: somebody else migrates
 * - `instances`: instances of a release are running that needs what is taken away
 */
export type Obstacle = 'lock' | 'migration' | 'instances';

export interface MigrationOptions {
  /** Called for each migration when it was applied, and before each further attempt. */
  tell?: (step: MigrationStep) => void;
  /** Milliseconds after which waiting for others ends; default ten minutes. */
  giveUpMs?: number;
  /** Milliseconds; defaults 2,000 and 1,000. */
  lockTimeoutMs?: number;
  pauseMs?: number;
  /** Default: those of this release. */
  steps?: Readonly<Record<string, SchemaStep>>;
}

/**
 * Brings the schema of a PostgreSQL store up to date while others use it, and while others migrate
 * it: each migration in a transaction of its own, one migration at a time on the store, and none
 * waits for a table for so long that calls would notice. Safe to run again after any failure.
 *
 * @param db connections without deadlines, at least two
 * @throws StartError for a store that is too new; StoreUnavailableError when waiting for others
 *   took too long; otherwise the error of the first failing migration
 */
export async function migrateBeside(
  db: Kysely<Tables>,
  options: MigrationOptions = {},
): Promise<void> {
  const { tell, giveUpMs = GIVE_UP_MS, pauseMs = PAUSE_MS } = options;
  const steps = options.steps ?? migrations('postgres');
  const lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  const giveUpAt = performance.now() + giveUpMs;
  for (const name of await missingMigrations(db, 'postgres', steps)) {
    for (;;) {
      const startedAt = performance.now();
      const outcome = await attempt(db, name, steps, lockTimeoutMs);
      if (outcome === 'done') break;
      if (outcome === 'applied') {
        tell?.({ step: 'applied', name, tookMs: Math.round(performance.now() - startedAt) });
        break;
      }
      if (performance.now() >= giveUpAt) throw gaveUp(name, outcome);
      tell?.({ step: 'waiting', name, for: outcome });
      await sleep(pauseMs);
    }
  }
}

type Outcome =
  | 'applied'
  /** Somebody else has applied it meanwhile. */
  | 'done'
  | Obstacle;

async function attempt(
  db: Kysely<Tables>,
  name: string,
  steps: Readonly<Record<string, SchemaStep>>,
  lockTimeoutMs: number,
): Promise<Outcome> {
  const minCompatible = steps[name]?.minCompatible;
  try {
    if (minCompatible !== undefined && !(await olderAreGone(db, minCompatible))) return 'instances';
    // Read committed: what is seen under the lock is what the holder before has left.
    return await db
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (trx): Promise<Outcome> => {
        await setTimeouts(trx, lockTimeoutMs);
        if (!(await takeLock(trx))) return 'migration';
        if ((await appliedTo(trx, 'postgres')).includes(name)) return 'done';
        if (steps[name]?.outsideTransaction) {
          // This transaction only keeps the lock. No query before this point has parameters: one
          // with parameters leaves a snapshot open, for which `create index concurrently` waits.
          await steps[name].up(db);
          await noteApplied(trx, name);
        } else {
          await applyStep(trx, name, steps);
        }
        return 'applied';
      });
  } catch (error) {
    const code = codeOf(error);
    if (code === LOCK_NOT_AVAILABLE || code === DEADLOCK) return 'lock';
    throw error;
  }
}

/**
 * For this transaction only. What a role or a database sets must not end a long migration; what
 * the server's release does not know is left out.
 */
async function setTimeouts(trx: Kysely<Tables>, lockTimeoutMs: number): Promise<void> {
  await sql`
    select set_config(name, wanted, true)
    from (values
      ('lock_timeout', '${sql.lit(lockTimeoutMs)}'),
      ('idle_in_transaction_session_timeout', '0'),
      ('transaction_timeout', '0'),
      ('statement_timeout', '0')
    ) as wish(known_as, wanted)
    join pg_settings on name = known_as`.execute(trx);
}

async function takeLock(trx: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<{
    taken: boolean;
  }>`select pg_try_advisory_xact_lock(${sql.raw(LOCK_KEY)}) as taken`.execute(trx);
  return rows[0]?.taken === true;
}

/** Whether no instance of a release runs that does not know a migration; from now on none starts. */
async function olderAreGone(db: Kysely<Tables>, known: string): Promise<boolean> {
  await refuseOlder(db, known);
  const older = await db
    .selectFrom('instances')
    .select('instance_id')
    .where('lease_until', '>', postgresEngine.now())
    .where((is) => is.or([is('schema', 'is', null), is('schema', '<', known)]))
    .limit(1)
    .execute();
  return older.length === 0;
}

function gaveUp(name: string, obstacle: Obstacle): StoreUnavailableError {
  return new StoreUnavailableError(`the migration ${name} waits, because ${WHY[obstacle]}`);
}

/** Why a migration waits, in words that continue "because". */
export const WHY: Readonly<Record<Obstacle, string>> = {
  lock: 'a transaction of somebody else has a table that it needs: pg_stat_activity names it',
  migration: 'another process migrates this store',
  instances: 'instances of an older release are running: stop them',
};
