import type { Transaction } from 'kysely';
import type { Engine } from '../../database/engine.js';
import type { Tables } from '../../database/schema.js';

/** An account's row of `dial_paces`, which nobody else changes until the transaction ends. */
export interface LockedPace {
  freeAtUs: number;
  turn: number;
  /** The store's time, at the latest now. */
  nowUs: number;
}

/** Locks the row of an account, which is made if there is none. */
export async function lockPace(
  trx: Transaction<Tables>,
  engine: Engine,
  account: string,
): Promise<LockedPace> {
  const lock = () =>
    engine
      .lock(
        trx
          .selectFrom('dial_paces')
          .selectAll()
          .select(engine.now().as('now'))
          .where('account_key', '=', account),
      )
      .executeTakeFirst();
  let row = await lock();
  if (!row) {
    await trx
      .insertInto('dial_paces')
      .values({ account_key: account, free_at_us: 0, turn: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    row = await lock();
  }
  if (!row) throw new Error('the row of the pace was not made');
  return { freeAtUs: row.free_at_us, turn: row.turn, nowUs: row.now * 1_000 };
}
