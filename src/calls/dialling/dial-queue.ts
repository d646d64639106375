import { Injectable } from '@nestjs/common';
import { sql, type Selectable, type Transaction } from 'kysely';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import { StoreClock } from '../../database/store-clock.js';
import type { RunsTable, Tables } from '../../database/schema.js';
import type { CallRun } from '../ledger/call-run.js';
import { runFromRow } from '../ledger/run-rows.js';
import { DialPace } from './dial-pace.js';
import { lockPace, type LockedPace } from './lock-pace.js';
import { queued, queuedAt } from './queued.js';

/** The account whose dials are claimed. */
export interface DialledAccount {
  readonly key: string;
  readonly accountId: string;
  readonly callsPerSecond: number;
}

export interface ClaimRequest {
  account: DialledAccount;
  /** Recorded as the time of the dial. */
  now: Date;
  /** A run that was made before this is overdue. */
  createdAfter: Date;
  /** How long the claim itself is expected to take, in milliseconds. */
  leadMs: number;
}

/** A run that this instance has claimed, and when it is to be dialled, on `performance.now`. */
export interface ClaimedDial {
  run: CallRun;
  at: number;
  /** The moment has passed after this time; null: nobody else dials, so it may be late. */
  latest: number | null;
}

export type DialClaim =
  /** Nothing waits that may be dialled yet. */
  | { kind: 'empty' }
  /** The next moment is too far ahead; in so many milliseconds it may be claimed. */
  | { kind: 'wait'; ms: number }
  /** `dropped`: runs whose turn it is, and which are overdue or were hung up; nobody has claimed them. */
  | { kind: 'claimed'; dials: ClaimedDial[]; dropped: CallRun[] };

/** What waits at one account. */
export interface WaitingDials {
  account: string;
  /** Those that this instance has put into the queue. */
  ours: number;
}

type Candidate = Selectable<RunsTable> & { store_now: number };

/**
 * The queue of each account's dials, and their pace. All instances share both: any that has the
 * account claims the next run together with the next moment, in one commit that also records
 * that the run is dialled. A claimed run is never claimed again, unless its claimer puts it back
 * because the carrier was certainly not asked, or certainly does not dial.
 */
@Injectable()
export class DialQueue {
  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
    private readonly storeClock: StoreClock = new StoreClock(),
  ) {}

  /** What waits at each account. Called once a second. */
  async waiting(): Promise<WaitingDials[]> {
    const ours = sql<number>`sum(case when dial_instance = ${this.leases.holder} then 1 else 0 end)`;
    return this.database.read((db) =>
      db
        .selectFrom('runs')
        .where(queued)
        .select(['account_key as account', ours.as('ours')])
        .groupBy('account_key')
        .execute(),
    );
  }

  /**
   * Claims the runs that are dialled next, as many as have their moment now or shortly. While we are
   * fenced there are none: others may believe that we are gone.
   */
  async claim(request: ClaimRequest): Promise<DialClaim> {
    if (this.leases.fenced) return { kind: 'empty' };
    const { account, leadMs } = request;
    const pace = new DialPace(account.callsPerSecond);
    // Most looks find nothing or come too early, and take no locks.
    const look = await this.look(account.key);
    if (!look.waits) return { kind: 'empty' };
    const ms = pace.claimableInMs(look.freeAtUs, look.nowUs, leadMs);
    if (ms > 0) return { kind: 'wait', ms };
    return this.database.writeLocking(async (trx) => {
      const locked = await lockPace(trx, this.database.engine, account.key);
      const sentAt = performance.now();
      const found = await this.candidates(trx, account.key, pace.claimed);
      const [first] = found;
      if (!first) return { kind: 'empty' };
      this.storeClock.note(sentAt, performance.now(), first.store_now);
      return this.take(trx, request, pace, locked, found);
    });
  }

  /**
   * The runs at this account that will never be dialled: they are overdue or were hung up. Asked
   * where this instance claims nothing; another one may.
   */
  async dropped(account: string, createdAfter: Date): Promise<number[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select('run_id')
        .where((is) => queuedAt(is, account))
        .where((is) =>
          is.or([
            is('created_at', '<', createdAfter.getTime()),
            is('hangup_reason', 'is not', null),
          ]),
        )
        .execute(),
    );
    return rows.map(({ run_id }) => run_id);
  }

  /** The runs that wait at this account and may go on to another one, in their order. */
  async routed(account: string): Promise<number[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select('run_id')
        .where((is) => queuedAt(is, account))
        .where('routes', 'is not', null)
        .orderBy('dial_turn')
        .orderBy('run_id')
        .execute(),
    );
    return rows.map(({ run_id }) => run_id);
  }

  /** Claims no dial of this account for so many milliseconds, at any instance. */
  async pause(account: string, milliseconds: number): Promise<void> {
    await this.database.writeLocking(async (trx) => {
      const { freeAtUs, nowUs } = await lockPace(trx, this.database.engine, account);
      await trx
        .updateTable('dial_paces')
        .set({ free_at_us: Math.max(freeAtUs, nowUs + Math.ceil(milliseconds * 1_000)) })
        .where('account_key', '=', account)
        .execute();
    });
  }

  /** For so many milliseconds the run is not claimed, also when it is in the queue again. */
  async putOff(runId: number, milliseconds: number): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('runs')
        .set({ dial_after: this.leases.until(milliseconds) })
        .where('run_id', '=', runId)
        .execute(),
    );
  }

  /** Those of the runs whose carrier has not answered yet, or was not asked. */
  async undecided(runIds: readonly number[]): Promise<number[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select('run_id')
        .where('run_id', 'in', runIds)
        .where('status', '=', 'queued')
        .where('provider_call_id', 'is', null)
        .where('other_ids', '=', '{}')
        .execute(),
    );
    return rows.map(({ run_id }) => run_id);
  }

  private async look(account: string) {
    const row = await this.database.read((db) =>
      db
        .selectNoFrom((eb) => [
          eb
            .selectFrom('runs')
            .select('run_id')
            .where((is) => queuedAt(is, account))
            .limit(1)
            .as('run_id'),
          eb
            .selectFrom('dial_paces')
            .select('free_at_us')
            .where('account_key', '=', account)
            .as('free_at_us'),
          this.database.engine.now().as('now'),
        ])
        .executeTakeFirstOrThrow(),
    );
    return {
      waits: row.run_id !== null,
      freeAtUs: row.free_at_us ?? 0,
      nowUs: row.now * 1_000,
    };
  }

  private candidates(
    trx: Transaction<Tables>,
    account: string,
    limit: number,
  ): Promise<Candidate[]> {
    const { engine } = this.database;
    return engine
      .lockFree(
        trx
          .selectFrom('runs')
          .selectAll()
          .select(engine.now().as('store_now'))
          .where((is) => queuedAt(is, account))
          .where((is) =>
            is.or([is('dial_after', 'is', null), is('dial_after', '<=', engine.now())]),
          )
          .orderBy('dial_turn')
          .orderBy('run_id')
          .limit(limit),
      )
      .execute();
  }

  private async take(
    trx: Transaction<Tables>,
    { account, now, createdAfter, leadMs }: ClaimRequest,
    pace: DialPace,
    locked: LockedPace,
    found: readonly Candidate[],
  ): Promise<DialClaim> {
    const isDue = (row: Candidate) =>
      row.created_at >= createdAfter.getTime() && row.hangup_reason === null;
    const dropped = found.filter((row) => !isDue(row)).map(runFromRow);
    const due = found.filter(isDue);
    // Read after the locks were taken, unlike that of `locked`.
    const nowUs = (found[0]?.store_now ?? 0) * 1_000;
    const moments = pace.moments(locked.freeAtUs, nowUs, leadMs, due.length);
    const last = moments.at(-1);
    if (last === undefined) {
      return dropped.length > 0
        ? { kind: 'claimed', dials: [], dropped }
        : { kind: 'wait', ms: pace.claimableInMs(locked.freeAtUs, nowUs, leadMs) };
    }
    const claimed = due.slice(0, moments.length);
    const dialInstance = this.leases.holder;
    const { accountId } = account;
    await trx
      .updateTable('runs')
      .set({ dialled_at: now.getTime(), dial_instance: dialInstance, account_id: accountId })
      .where(
        'run_id',
        'in',
        claimed.map(({ run_id }) => run_id),
      )
      .execute();
    await trx
      .updateTable('dial_paces')
      .set({
        free_at_us: last + pace.spacingUs,
        turn: Math.max(locked.turn, ...claimed.map(({ dial_turn }) => dial_turn ?? 0)),
      })
      .where('account_key', '=', account.key)
      .execute();
    const dials = claimed.map((row, index) => {
      const at = this.storeClock.localTime((moments[index] ?? last) / 1_000);
      const run = { ...runFromRow(row), dialledAt: now, dialInstance, accountId };
      return { run, at, latest: this.database.exclusive ? null : at + pace.lateMs };
    });
    return { kind: 'claimed', dials, dropped };
  }
}
