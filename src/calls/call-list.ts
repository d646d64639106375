import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { SHOWN_COLUMNS, shownFromRow, type Direction, type ShownRun } from './call-run.js';
import type { CallStatus } from './call-status.js';

export interface CallFilter {
  userId: number;
  status?: CallStatus;
  direction?: Direction;
  workflowId?: number;
  /** E.164; of either side. */
  number?: string;
  providerCallId?: string;
  /** Created at or after. */
  fromTime?: Date;
  /** Created before. */
  toTime?: Date;
  /** Only runs older than this one. */
  before?: number;
  limit: number;
}

/** One user's calls, newest first, with what is shown of them and no more. */
@Injectable()
export class CallList {
  constructor(private readonly database: Database) {}

  async find(filter: CallFilter): Promise<ShownRun[]> {
    const { number } = filter;
    if (number === undefined) return this.select(filter, {});
    // One question for each side: a condition with "or" keeps both engines from their indexes.
    const sides = await Promise.all([
      this.select(filter, { from_number: number }),
      this.select(filter, { to_number: number }),
    ]);
    const byId = new Map(sides.flat().map((run) => [run.runId, run]));
    return [...byId.values()].sort((a, b) => b.runId - a.runId).slice(0, filter.limit);
  }

  private async select(
    filter: CallFilter,
    side: { from_number?: string; to_number?: string },
  ): Promise<ShownRun[]> {
    const { status, direction, workflowId, providerCallId, fromTime, toTime, before } = filter;
    const rows = await this.database.read((db) => {
      let query = db.selectFrom('runs').select(SHOWN_COLUMNS).where('user_id', '=', filter.userId);
      if (side.from_number) query = query.where('from_number', '=', side.from_number);
      if (side.to_number) query = query.where('to_number', '=', side.to_number);
      if (status) query = query.where('status', '=', status);
      if (direction) query = query.where('direction', '=', direction);
      if (workflowId) query = query.where('workflow_id', '=', workflowId);
      if (providerCallId) query = query.where('provider_call_id', '=', providerCallId);
      if (fromTime) query = query.where('created_at', '>=', fromTime.getTime());
      if (toTime) query = query.where('created_at', '<', toTime.getTime());
      if (before) query = query.where('run_id', '<', before);
      return query.orderBy('run_id', 'desc').limit(filter.limit).execute();
    });
    return rows.map(shownFromRow);
  }

  /** One user's calls that are not over, newest first. */
  async live(userId: number, limit: number): Promise<ShownRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select(SHOWN_COLUMNS)
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .orderBy('run_id', 'desc')
        .limit(limit)
        .execute(),
    );
    return rows.map(shownFromRow);
  }

  /** One user's calls that changed after a position, in commit order; each as it is now. */
  async changedSince(userId: number, position: number, limit: number): Promise<ShownRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select(SHOWN_COLUMNS)
        .where('user_id', '=', userId)
        .where('position', '>', position)
        .orderBy('position')
        .limit(limit)
        .execute(),
    );
    return rows.map(shownFromRow);
  }
}
