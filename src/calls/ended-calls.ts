import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { EndReason } from './ledger/call-event.js';

/** How many of the latest calls that fit are examined. */
const CALLS_MAX = 1_000;

/** Calls of one user that ended for the same cause. */
export interface CallOutcome {
  endReason: EndReason;
  /** In the words of whoever failed, the latest call's; null: nothing was told. */
  cause: string | null;
  /** Null: calls of several workflows. */
  workflowId: number | null;
  count: number;
  lastRunId: number;
  /** When the latest of these calls was made. */
  lastAt: Date;
}

export interface CallOutcomes {
  /** Most frequent first. */
  outcomes: CallOutcome[];
  /** False: there are more calls than were examined; the latest were. */
  complete: boolean;
}

interface EndedRun {
  runId: number;
  workflowId: number;
  endReason: EndReason;
  createdAt: number;
}

/** Counts how one user's calls ended, by cause. */
@Injectable()
export class EndedCalls {
  constructor(private readonly database: Database) {}

  /**
   * @param reasons which ends to look at
   * @param since calls that were made before are left out
   * @throws StoreUnavailableError
   */
  async byCause(userId: number, reasons: readonly EndReason[], since: Date): Promise<CallOutcomes> {
    const first = await this.firstSince(userId, since);
    if (first === null) return { outcomes: [], complete: true };
    const found = await Promise.all(
      reasons.map((reason) => this.ended(userId, reason, first, since)),
    );
    const runs = found.flat().sort((a, b) => b.runId - a.runId);
    const latest = runs.slice(0, CALLS_MAX);
    const causes = await this.causes(latest.map(({ runId }) => runId));
    return { outcomes: grouped(latest, causes), complete: runs.length <= CALLS_MAX };
  }

  /** Calls are counted by ids from here on, which the index of the ends is ordered by. */
  private async firstSince(userId: number, since: Date): Promise<number | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select('run_id')
        .where('user_id', '=', userId)
        .where('created_at', '>=', since.getTime())
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst(),
    );
    return row?.run_id ?? null;
  }

  private async ended(
    userId: number,
    reason: EndReason,
    first: number,
    since: Date,
  ): Promise<EndedRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select(['run_id', 'workflow_id', 'created_at'])
        .where('user_id', '=', userId)
        .where('end_reason', '=', reason)
        .where('run_id', '>=', first)
        .where('created_at', '>=', since.getTime())
        .orderBy('run_id', 'desc')
        .limit(CALLS_MAX + 1)
        .execute(),
    );
    return rows.map((row) => ({
      runId: row.run_id,
      workflowId: row.workflow_id,
      endReason: reason,
      createdAt: row.created_at,
    }));
  }

  /** What the agent threw, or the reason that came with the failed status. */
  private async causes(runIds: number[]): Promise<Map<number, string>> {
    if (runIds.length === 0) return new Map();
    const rows = await this.database.read((db) =>
      db
        .selectFrom('call_events')
        .select(['run_id', 'type', 'detail'])
        .where('run_id', 'in', runIds)
        .where((is) =>
          is.or([
            is('type', '=', 'agent'),
            is.and([is('type', '=', 'status'), is('status', '=', 'failed')]),
          ]),
        )
        .orderBy('event_id')
        .execute(),
    );
    const causes = new Map<number, string>();
    for (const { run_id: runId, type, detail } of rows) {
      const { agent, reason } = JSON.parse(detail) as { agent?: unknown; reason?: unknown };
      const tells = type === 'status' || agent === 'failed';
      if (tells && typeof reason === 'string') causes.set(runId, reason);
    }
    return causes;
  }
}

/**
 * Puts calls with the same cause together; those of an agent by workflow too, because each
 * workflow has its own. Figures in a cause (a duration, a port) do not distinguish it.
 */
function grouped(latestFirst: readonly EndedRun[], causes: Map<number, string>): CallOutcome[] {
  const outcomes = new Map<string, CallOutcome>();
  for (const { runId, workflowId, endReason, createdAt } of latestFirst) {
    const cause = causes.get(runId) ?? null;
    const workflow = endReason === 'agent_failed' ? workflowId : null;
    const key = JSON.stringify([endReason, workflow, cause?.replace(/\d+/g, '#')]);
    const known = outcomes.get(key);
    if (!known) {
      const lastAt = new Date(createdAt);
      outcomes.set(key, { endReason, cause, workflowId, count: 1, lastRunId: runId, lastAt });
      continue;
    }
    known.count += 1;
    if (known.workflowId !== workflowId) known.workflowId = null;
  }
  return [...outcomes.values()].sort((a, b) => b.count - a.count);
}
