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

/**
 * The calls in progress, counted once in a transaction in which nobody else
 * makes one (see `Batch.load`), and kept up with those that it makes itself.
 */
export class CallsInProgress {
  private ofUsers: Map<number, number> | null = null;
  private shares: boolean | null = null;

  constructor(private readonly trx: Transaction<Tables>) {}

  /** Whether one more call of this user is too many; null: there is room. */
  async limitReached(userId: number, limits: ConcurrencyLimits): Promise<LimitReached | null> {
    this.ofUsers ??= await this.count();
    const total = [...this.ofUsers.values()].reduce((sum, count) => sum + count, 0);
    if (total >= limits.total) return { of: 'all', limit: limits.total };
    const perUser = limits.perUser ?? shareOf(limits.total);
    if ((this.ofUsers.get(userId) ?? 0) < perUser) return null;
    // Asked only here, where it decides.
    this.shares ??= await this.areUsersSeveral();
    return limits.perUser !== null || this.shares ? { of: 'user', limit: perUser } : null;
  }

  noteMade(userId: number): void {
    this.ofUsers?.set(userId, (this.ofUsers.get(userId) ?? 0) + 1);
  }

  private async count(): Promise<Map<number, number>> {
    const rows = await this.trx
      .selectFrom('runs')
      .select((select) => ['user_id', select.fn.countAll<number>().as('count')])
      .where('ended_at', 'is', null)
      .groupBy('user_id')
      .execute();
    return new Map(rows.map((row) => [row.user_id, row.count]));
  }

  private async areUsersSeveral(): Promise<boolean> {
    const users = await this.trx.selectFrom('users').select('user_id').limit(2).execute();
    return users.length > 1;
  }
}
