import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import type { Tables } from '../../database/schema.js';
import type { CallRun } from './call-run.js';
import { runFromRow } from './run-rows.js';
import type { CallStatus } from './call-status.js';

/** Longer than it takes to ask a carrier about a run and to record the answer. */
const CHECK_MS = 60_000;
/** How many runs of instances that are gone are taken over at a time. */
const TAKEN_OVER = 20;

/** The runs that are not over. */
@Injectable()
export class LiveRuns {
  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
  ) {}

  /** The runs that are due for attention, longest waiting first, without those in `except`. */
  async due(now: Date, limit: number, except: readonly number[] = []): Promise<CallRun[]> {
    const rows = await this.database.read((db) => dueRuns(db, now, limit, except).execute());
    return rows.map(runFromRow);
  }

  /**
   * Claims the runs that are {@link due} and that no other instance attends to.
   * The claim lapses after a minute; the caller releases the runs when it is
   * done with them.
   */
  async claimDue(now: Date, limit: number, except: readonly number[]): Promise<CallRun[]> {
    // Most looks find nothing and should write nothing.
    if ((await this.due(now, 1, except)).length === 0) return [];
    const { engine } = this.database;
    return this.database.writeLocking(async (trx) => {
      const rows = await engine
        .lockFree(
          dueRuns(trx, now, limit, except).where(
            this.leases.isFree('check_instance', 'check_lease'),
          ),
        )
        .execute();
      if (rows.length === 0) return [];
      await trx
        .updateTable('runs')
        .set({ check_lease: this.leases.until(CHECK_MS), check_instance: this.leases.holder })
        .where(
          'run_id',
          'in',
          rows.map((row) => row.run_id),
        )
        .execute();
      return rows.map(runFromRow);
    });
  }

  /**
   * Releases runs that this instance claimed; a run that another instance has
   * claimed since stays with that instance.
   */
  async giveBack(runIds: readonly number[]): Promise<void> {
    if (runIds.length === 0) return;
    await this.database.writeLocking(async (trx) => {
      const ours = await this.database.engine
        .lock(
          trx
            .selectFrom('runs')
            .select('run_id')
            .where('run_id', 'in', runIds)
            .where('check_instance', '=', this.leases.holder)
            .orderBy('run_id'),
        )
        .execute();
      if (ours.length === 0) return;
      await trx
        .updateTable('runs')
        .set({ check_lease: null, check_instance: null })
        .where(
          'run_id',
          'in',
          ours.map((row) => row.run_id),
        )
        .execute();
    });
  }

  /**
   * Leaves a run alone until the given time. Meant for a run that cannot be
   * attended to, so it writes as little as possible.
   */
  async postpone(runId: number, until: Date): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('runs')
        .set({ check_at: until.getTime() })
        .where('run_id', '=', runId)
        .execute(),
    );
  }

  /** All live runs, by id. */
  async statuses(): Promise<Array<{ runId: number; status: CallStatus }>> {
    const rows = await this.database.read((db) =>
      db.selectFrom('runs').select(['run_id', 'status']).where('ended_at', 'is', null).execute(),
    );
    return rows.map((row) => ({ runId: row.run_id, status: row.status as CallStatus }));
  }

  /** All live runs of an account. */
  async ofAccount(account: string): Promise<CallRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('account_key', '=', account)
        .execute(),
    );
    return rows.map(runFromRow);
  }

  /** How many dialled runs between two numbers lack the carrier's id of their call. */
  async awaitingTheirCall(account: string, to: string, from: string): Promise<number> {
    const { count } = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('ended_at', 'is', null)
        .where('provider_call_id', 'is', null)
        .where('dialled_at', 'is not', null)
        .where('account_key', '=', account)
        .where('to_number', '=', to)
        .where('from_number', '=', from)
        .executeTakeFirstOrThrow(),
    );
    return count;
  }

  /**
   * Claims outbound runs that wait to be dialled and are not in the queue of any
   * live instance, oldest first.
   *
   * @param mayDial whether this instance has the account to dial the run
   */
  async takeOver(mayDial: (run: CallRun) => boolean): Promise<CallRun[]> {
    const left = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('direction', '=', 'outbound')
        .where('dialled_at', 'is', null)
        .where('provider_call_id', 'is', null)
        .where((is) =>
          is.or([
            is('dial_instance', 'is', null),
            is.and([
              is('dial_instance', '!=', this.leases.holder),
              this.leases.isGone('dial_instance'),
            ]),
          ]),
        )
        .orderBy('run_id')
        .execute(),
    );
    const runs = left.map(runFromRow).filter(mayDial).slice(0, TAKEN_OVER);
    const taken: CallRun[] = [];
    for (const run of runs) if (await this.take(run)) taken.push(run);
    return taken;
  }

  /** False: another instance was faster, or the run is not as it was seen. */
  private async take({ runId, dialInstance }: CallRun): Promise<boolean> {
    const { numUpdatedRows } = await this.database.writeLocking((trx) =>
      trx
        .updateTable('runs')
        .set({ dial_instance: this.leases.holder })
        .where('run_id', '=', runId)
        .where('dialled_at', 'is', null)
        .where('dial_instance', dialInstance === null ? 'is' : '=', dialInstance)
        .executeTakeFirst(),
    );
    return numUpdatedRows === 1n;
  }
}

/** The query for the runs that are due, longest waiting first, without those in `except`. */
function dueRuns(db: Kysely<Tables>, now: Date, limit: number, except: readonly number[]) {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('check_at', '<=', now.getTime())
    .$if(except.length > 0, (query) => query.where('run_id', 'not in', except))
    .orderBy('check_at')
    .limit(limit);
}
