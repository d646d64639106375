import type { Transaction } from 'kysely';
import type { KeptStatements } from '../../database/kept-statements.js';
import type { Tables } from '../../database/schema.js';
import type { NewRun } from './call-run.js';

/** How many calls may be in progress at once; a call holds its place until it has ended. */
export interface ConcurrencyLimits {
  total: number;
  /** Null: none while there is one user, else {@link shareOf} the total. */
  perUser: number | null;
  /** Of the call's account at its carrier; null or absent: none. */
  perAccount?: number | null;
}

/** The limit that was reached: of all users, of this one, or of the account. */
export interface LimitReached {
  of: 'all' | 'user' | 'account';
  limit: number;
}

/**
 * The share of all places that one of several users may have, so that there is
 * always room for another user; at least one.
 */
export function shareOf(total: number): number {
  return Math.max(1, Math.floor((total * 3) / 4));
}

interface UserCount {
  user_id: number;
  count: number;
}

/**
 * The calls in progress, counted once in a transaction during which no other
 * transaction makes a run (see `Batch.load`), and kept up to date with those
 * that the transaction makes itself.
 */
export class CallsInProgress {
  private ofUsers: Map<number, number> | null = null;
  private readonly ofAccounts = new Map<string, number>();
  /** Made by this transaction, so not yet among those that are counted. */
  private readonly made = new Map<string, number>();
  private shares: boolean | null = null;

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly kept: KeptStatements,
  ) {}

  /** The limit that one more call of this user at this account would exceed; null: there is room. */
  async limitReached(
    { userId, accountKey }: Pick<NewRun, 'userId' | 'accountKey'>,
    limits: ConcurrencyLimits,
  ): Promise<LimitReached | null> {
    this.ofUsers ??= await this.count();
    const total = [...this.ofUsers.values()].reduce((sum, count) => sum + count, 0);
    if (total >= limits.total) return { of: 'all', limit: limits.total };
    const { perAccount = null } = limits;
    if (perAccount !== null && !(await this.hasRoomAt(accountKey, perAccount))) {
      return { of: 'account', limit: perAccount };
    }
    const perUser = limits.perUser ?? shareOf(limits.total);
    if ((this.ofUsers.get(userId) ?? 0) < perUser) return null;
    // The query runs only here, where its result matters.
    this.shares ??= await this.areUsersSeveral();
    return limits.perUser !== null || this.shares ? { of: 'user', limit: perUser } : null;
  }

  noteMade({ userId, accountKey }: Pick<NewRun, 'userId' | 'accountKey'>): void {
    this.ofUsers?.set(userId, (this.ofUsers.get(userId) ?? 0) + 1);
    this.made.set(accountKey, (this.made.get(accountKey) ?? 0) + 1);
    this.add(accountKey, 1);
  }

  /** Whether the account may have one more call, of the `limit` that it takes at a time. */
  async hasRoomAt(accountKey: string, limit: number): Promise<boolean> {
    return (await this.atAccount(accountKey)) < limit;
  }

  /** A call goes on from one account to another, to which {@link hasRoomAt} said yes. */
  noteMoved(from: string, to: string): void {
    this.add(from, -1);
    this.add(to, 1);
  }

  private add(accountKey: string, calls: number): void {
    const known = this.ofAccounts.get(accountKey);
    if (known !== undefined) this.ofAccounts.set(accountKey, known + calls);
  }

  /** Counted only for accounts that have a limit. */
  private async atAccount(key: string): Promise<number> {
    const known = this.ofAccounts.get(key);
    if (known !== undefined) return known;
    const { count } = await this.trx
      .selectFrom('runs')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('ended_at', 'is', null)
      .where('account_key', '=', key)
      .executeTakeFirstOrThrow();
    const all = count + (this.made.get(key) ?? 0);
    this.ofAccounts.set(key, all);
    return all;
  }

  private async count(): Promise<Map<number, number>> {
    const rows = await this.kept.run<UserCount>(this.trx, 'calls in progress', [], () =>
      this.trx
        .selectFrom('runs')
        .select((select) => ['user_id', select.fn.countAll<number>().as('count')])
        .where('ended_at', 'is', null)
        .groupBy('user_id'),
    );
    return new Map(rows.map((row) => [row.user_id, row.count]));
  }

  private async areUsersSeveral(): Promise<boolean> {
    const users = await this.trx.selectFrom('users').select('user_id').limit(2).execute();
    return users.length > 1;
  }
}
