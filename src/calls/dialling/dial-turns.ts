import type { Transaction } from 'kysely';
import type { Engine } from '../../database/engine.js';
import type { Tables } from '../../database/schema.js';
import { DialPace } from './dial-pace.js';
import { queuedAt } from './queued.js';

/** How a run is put into the queue of its account. */
export interface QueuePolicy {
  /** Dials a second that the account allows. */
  perSecond: number;
  /** A run whose dial is further away than this is not admitted. */
  patienceMs: number;
}

export type TurnResult = { kind: 'turn'; turn: number } | { kind: 'far'; waitMs: number };

/** One account's queue, as this transaction sees and leaves it. */
interface Queue {
  freeAtUs: number;
  nowUs: number;
  /** The highest turn that was dialled. */
  turn: number;
  waiting: Map<number, number>;
  nextOfUsers: Map<number, number>;
}

/**
 * Gives new runs their turns in the queue of dials: start-time fair queueing for each account.
 * A user's runs have one turn after another, beginning with the one that is dialled now; runs are
 * dialled in the order of their turns, then of their ids. So with two users waiting each has every
 * second dial, however many runs one of them has placed before.
 *
 * Used inside a transaction that keeps others from making runs (`Engine.lockCreations`), so
 * what it read stays true but for dials that are made meanwhile, which only make a wait shorter.
 */
export class DialTurns {
  private readonly queues = new Map<string, Queue>();
  private readonly changed = new Map<string, Set<number>>();

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly engine: Engine,
  ) {}

  /** The next turn of this user at this account; `far`: it is too far away, and was not taken. */
  async take(account: string, userId: number, policy: QueuePolicy): Promise<TurnResult> {
    const queue = await this.queueOf(account);
    const turn = await this.nextOf(queue, account, userId);
    let ahead = 0;
    for (const [of, count] of queue.waiting) if (of <= turn) ahead += count;
    const pace = new DialPace(policy.perSecond);
    const waitMs = pace.waitMs(queue.freeAtUs, queue.nowUs, ahead);
    if (waitMs > policy.patienceMs) return { kind: 'far', waitMs };
    return { kind: 'turn', turn: await this.force(account, userId) };
  }

  /** The next turn of this user at this account, however far away it is. */
  async force(account: string, userId: number): Promise<number> {
    const queue = await this.queueOf(account);
    const turn = await this.nextOf(queue, account, userId);
    queue.waiting.set(turn, (queue.waiting.get(turn) ?? 0) + 1);
    queue.nextOfUsers.set(userId, turn + 1);
    const users = this.changed.get(account) ?? new Set();
    this.changed.set(account, users.add(userId));
    return turn;
  }

  /** Writes which turns are taken. */
  async save(): Promise<void> {
    const rows = [...this.changed].flatMap(([account, users]) =>
      [...users].map((userId) => ({
        account_key: account,
        user_id: userId,
        next_turn: this.queues.get(account)?.nextOfUsers.get(userId) ?? 0,
      })),
    );
    if (rows.length === 0) return;
    await this.trx
      .insertInto('dial_turns')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['account_key', 'user_id'])
          .doUpdateSet((eb) => ({ next_turn: eb.ref('excluded.next_turn') })),
      )
      .execute();
    this.changed.clear();
  }

  private async queueOf(account: string): Promise<Queue> {
    const known = this.queues.get(account);
    if (known) return known;
    const row = await this.trx
      .selectNoFrom((eb) => [
        this.engine.now().as('now'),
        eb
          .selectFrom('dial_paces')
          .select('free_at_us')
          .where('account_key', '=', account)
          .as('free_at_us'),
        eb.selectFrom('dial_paces').select('turn').where('account_key', '=', account).as('turn'),
      ])
      .executeTakeFirstOrThrow();
    const waiting = await this.trx
      .selectFrom('runs')
      .where((is) => queuedAt(is, account))
      .select((select) => ['dial_turn', select.fn.countAll<number>().as('count')])
      .groupBy('dial_turn')
      .execute();
    const queue: Queue = {
      freeAtUs: row.free_at_us ?? 0,
      nowUs: row.now * 1_000,
      turn: row.turn ?? 0,
      waiting: new Map(waiting.map(({ dial_turn, count }) => [dial_turn ?? 0, count])),
      nextOfUsers: new Map(),
    };
    this.queues.set(account, queue);
    return queue;
  }

  private async nextOf(queue: Queue, account: string, userId: number): Promise<number> {
    const known = queue.nextOfUsers.get(userId);
    if (known !== undefined) return Math.max(queue.turn, known);
    const row = await this.trx
      .selectFrom('dial_turns')
      .select('next_turn')
      .where('account_key', '=', account)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    const next = row?.next_turn ?? 0;
    queue.nextOfUsers.set(userId, next);
    return Math.max(queue.turn, next);
  }
}
