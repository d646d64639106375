import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { CallRun } from './call-run.js';
import { runFromRow } from './run-rows.js';
import type { CallStatus } from './call-status.js';

/** The runs that are not over. */
@Injectable()
export class LiveRuns {
  constructor(private readonly database: Database) {}

  /** Those whose time for attention has come, longest waiting first, `except` some. */
  async due(now: Date, limit: number, except: readonly number[] = []): Promise<CallRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .selectAll()
        .where('check_at', '<=', now.getTime())
        .$if(except.length > 0, (query) => query.where('run_id', 'not in', except))
        .orderBy('check_at')
        .limit(limit)
        .execute(),
    );
    return rows.map(runFromRow);
  }

  /** Leaves a run alone until then; for one that cannot be attended to, so by the least there is. */
  async postpone(runId: number, until: Date): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('runs')
        .set({ check_at: until.getTime() })
        .where('run_id', '=', runId)
        .execute(),
    );
  }

  /** All of them, by id. */
  async statuses(): Promise<Array<{ runId: number; status: CallStatus }>> {
    const rows = await this.database.read((db) =>
      db.selectFrom('runs').select(['run_id', 'status']).where('ended_at', 'is', null).execute(),
    );
    return rows.map((row) => ({ runId: row.run_id, status: row.status as CallStatus }));
  }

  /** How many dialled runs between two numbers do not know the carrier's id of their call. */
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

  /** Outbound runs that are saved and wait to be dialled, oldest first. */
  async neverDialled(): Promise<CallRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('direction', '=', 'outbound')
        .where('dialled_at', 'is', null)
        .where('provider_call_id', 'is', null)
        .orderBy('run_id')
        .execute(),
    );
    return rows.map(runFromRow);
  }
}
