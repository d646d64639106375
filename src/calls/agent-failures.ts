import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** How many of the latest runs are examined. */
const RUNS_MAX = 1_000;

/** Calls of one workflow in which the agent failed for the same reason. */
export interface AgentFailure {
  workflowId: number;
  agent: string;
  /** What the agent threw, or that it stalled; masked before it was stored. */
  reason: string;
  count: number;
  /** The run of the latest failure. */
  lastRunId: number;
}

export interface AgentRecord {
  /** The number of answered calls, by workflow. */
  answered: Map<number, number>;
  /** Most frequent first. */
  failures: AgentFailure[];
}

/** Reports how agents performed in the latest calls of all users. */
@Injectable()
export class AgentFailures {
  constructor(private readonly database: Database) {}

  /** @throws StoreUnavailableError */
  async since(since: Date): Promise<AgentRecord> {
    const latest = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select(['run_id', 'workflow_id', 'agent', 'answered_at', 'created_at'])
        .select(['end_reason', 'hangup_reason'])
        .orderBy('run_id', 'desc')
        .limit(RUNS_MAX)
        .execute(),
    );
    const answered = latest.filter(
      (run) => run.answered_at !== null && run.created_at >= since.getTime(),
    );
    const failed = answered.filter(
      (run) => run.end_reason === 'agent_failed' || run.hangup_reason === 'agent_failed',
    );
    const reasons = await this.reasons(failed.map(({ run_id: id }) => id));
    const byCause = new Map<string, AgentFailure>();
    for (const { run_id: runId, workflow_id: workflowId, agent } of failed) {
      const reason = reasons.get(runId) ?? 'no reason was written down';
      const key = JSON.stringify([workflowId, agent, reason]);
      const known = byCause.get(key);
      // The rows are newest first, so the first of a kind is the latest.
      if (known) known.count += 1;
      else byCause.set(key, { workflowId, agent, reason, count: 1, lastRunId: runId });
    }
    return {
      answered: countBy(answered.map(({ workflow_id: id }) => id)),
      failures: [...byCause.values()].sort((a, b) => b.count - a.count),
    };
  }

  /** The last reason that was recorded for each run. */
  private async reasons(runIds: number[]): Promise<Map<number, string>> {
    if (runIds.length === 0) return new Map();
    const rows = await this.database.read((db) =>
      db
        .selectFrom('call_events')
        .select(['run_id', 'detail'])
        .where('run_id', 'in', runIds)
        .where('type', '=', 'agent')
        .orderBy('event_id')
        .execute(),
    );
    const reasons = new Map<number, string>();
    for (const { run_id: runId, detail } of rows) {
      const { agent, reason } = JSON.parse(detail) as { agent?: unknown; reason?: unknown };
      if (agent === 'failed' && typeof reason === 'string') reasons.set(runId, reason);
    }
    return reasons;
  }
}

function countBy(ids: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
