import { sql, type Kysely } from 'kysely';
import { postgresEngine } from './postgres-engine.js';
import type { Tables } from './schema.js';

/** Any constant of ours: the advisory lock under which an instance looks whether it is alone. */
const LOCK_KEY = '7282430';

/** An instance that cannot share its store, and why. */
export interface Alone {
  instanceId: string;
  name: string;
  /** How long it counts as alive from then on, in milliseconds: until its first beat. */
  aliveMs: number;
  /** Why it cannot, in words that continue "another Patchbay is using this database, and". */
  because: string;
  /** What would let it, as a clause: `set PUBLIC_URL`. */
  fix: string;
  /** The reason holds only where the store has an account of one of these carriers; null: anyway. */
  withAccountsOf: readonly string[] | null;
}

/**
 * Registers the instance on a PostgreSQL store if no other one lives there. Of several that ask at
 * once, one is admitted. One whose reason does not hold is admitted beside others.
 *
 * @returns whether it is admitted
 */
export async function admitAlone(db: Kysely<Tables>, alone: Alone): Promise<boolean> {
  const { instanceId, name, aliveMs, withAccountsOf } = alone;
  return db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${sql.raw(LOCK_KEY)})`.execute(trx);
      if (withAccountsOf !== null && !(await hasAccountOf(trx, withAccountsOf))) return true;
      const lease_until = sql<number>`${postgresEngine.now()} + ${aliveMs}`;
      const others = await trx
        .selectFrom('instances')
        .select('instance_id')
        .where('lease_until', '>', postgresEngine.now())
        .where('instance_id', '!=', instanceId)
        .limit(1)
        .execute();
      if (others.length > 0) return false;
      await trx
        .insertInto('instances')
        .values({ instance_id: instanceId, name, state: 'starting', lease_until })
        // The reply to an earlier attempt was lost.
        .onConflict((conflict) => conflict.column('instance_id').doUpdateSet({ lease_until }))
        .execute();
      return true;
    });
}

async function hasAccountOf(trx: Kysely<Tables>, carriers: readonly string[]): Promise<boolean> {
  if (carriers.length === 0) return false;
  const account = await trx
    .selectFrom('carrier_accounts')
    .select('account_key')
    .where('provider', 'in', carriers)
    .limit(1)
    .executeTakeFirst();
  return account !== undefined;
}
