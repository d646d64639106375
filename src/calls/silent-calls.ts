import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Clock } from '../shared/clock.js';

/** How many of the latest runs are examined. */
const RUNS_MAX = 200;
/** How long a callback may be under way after a dial, and after an end. */
const AFTER_DIAL_MS = 15_000;
const AFTER_END_MS = 5_000;

/** Calls that a carrier had, and whether it sent callbacks for them. */
export interface CallbackCount {
  calls: number;
  /** Runs that no status callback and no feed ever reported, newest first. */
  silent: number[];
  /** When the last callback arrived; null: none did. */
  lastTold: Date | null;
}

/**
 * Finds calls without callbacks, and callbacks that came twice, among the latest
 * calls of all users.
 */
@Injectable()
export class SilentCalls {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws StoreUnavailableError */
  async since(since: Date): Promise<CallbackCount> {
    const now = this.clock.now().getTime();
    const latest = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select(['run_id', 'direction', 'provider_call_id', 'created_at', 'dialled_at'])
        .select(['ended_at', 'updated_at'])
        .orderBy('run_id', 'desc')
        .limit(RUNS_MAX)
        .execute(),
    );
    const due = latest.filter((run) => {
      if (run.provider_call_id === null || run.created_at < since.getTime()) return false;
      // The end is timed by the carrier's clock; when we heard of it is timed by ours.
      if (run.ended_at !== null) return run.updated_at < now - AFTER_END_MS;
      // For an inbound call only the end is reported.
      const dialled = run.direction === 'outbound' ? run.dialled_at : null;
      return dialled !== null && dialled < now - AFTER_DIAL_MS;
    });
    const told = await this.told(due.map(({ run_id: id }) => id));
    return {
      calls: due.length,
      silent: due.map(({ run_id: id }) => id).filter((id) => !told.has(id)),
      lastTold: latestOf([...told.values()]),
    };
  }

  /** Status callbacks of the latest runs, and how many of them the carrier sent again. @throws StoreUnavailableError */
  async repeatedSince(since: Date): Promise<{ callbacks: number; repeated: number }> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('call_events')
        .select((select) => ['outcome', select.fn.countAll<number>().as('count')])
        .where('run_id', 'in', (latest) =>
          latest
            .selectFrom(
              latest
                .selectFrom('runs')
                .select('run_id')
                .orderBy('run_id', 'desc')
                .limit(RUNS_MAX)
                .as('latest'),
            )
            .select('run_id'),
        )
        .where('source', '=', 'status-callback')
        .where('received_at', '>=', since.getTime())
        .groupBy('outcome')
        .execute(),
    );
    const count = (of: typeof rows): number => of.reduce((sum, row) => sum + row.count, 0);
    return {
      callbacks: count(rows),
      repeated: count(rows.filter(({ outcome }) => outcome === 'duplicate')),
    };
  }

  /** When the last callback of each run arrived. */
  private async told(runIds: number[]): Promise<Map<number, number>> {
    if (runIds.length === 0) return new Map();
    const rows = await this.database.read((db) =>
      db
        .selectFrom('call_events')
        .select(['run_id', (select) => select.fn.max('received_at').as('last')])
        .where('run_id', 'in', runIds)
        .where('source', 'in', ['status-callback', 'feed'])
        .groupBy('run_id')
        .execute(),
    );
    return new Map(rows.map(({ run_id: id, last }) => [id, last]));
  }
}

function latestOf(times: number[]): Date | null {
  return times.length === 0 ? null : new Date(Math.max(...times));
}
