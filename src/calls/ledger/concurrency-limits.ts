import type { Transaction } from 'kysely';
import type { Tables } from '../../database/schema.js';

/** Calls in progress at once; a call holds its place until it has ended. */
export interface ConcurrencyLimits {
  total: number;
  /** Null: none while there is one user, else {@link shareOf} the total. */
  perUser: number | null;
}

/** As many calls as allowed are in progress, of all users or of this one. */
export interface LimitReached {
  of: 'all' | 'user';
  limit: number;
}

/** What one user of several may have of all places, so that there is always room for another one; at least one. */
export function shareOf(total: number): number {
  return Math.max(1, Math.floor((total * 3) / 4));
}

/** Whether one more call of this user is too many; null: there is room. */
export async function limitReached(
  trx: Transaction<Tables>,
  userId: number,
  limits: ConcurrencyLimits,
): Promise<LimitReached | null> {
  const live = await trx
    .selectFrom('runs')
    .select((select) => [
      select.fn.countAll<number>().as('total'),
      select.fn.count<number>('run_id').filterWhere('user_id', '=', userId).as('of_user'),
    ])
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (live.total >= limits.total) return { of: 'all', limit: limits.total };
  const perUser = limits.perUser ?? shareOf(limits.total);
  if (live.of_user < perUser) return null;
  // Asked only here, where it decides.
  const shares = limits.perUser !== null || (await severalUsers(trx));
  return shares ? { of: 'user', limit: perUser } : null;
}

async function severalUsers(trx: Transaction<Tables>): Promise<boolean> {
  const users = await trx.selectFrom('users').select('user_id').limit(2).execute();
  return users.length > 1;
}
