import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { runFromRow, type CallRun, type Direction } from './call-run.js';
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

/** One user's calls, newest first. */
@Injectable()
export class CallList {
  constructor(private readonly database: Database) {}

  async find(filter: CallFilter): Promise<CallRun[]> {
    const rows = await this.database.read((db) => {
      let query = db.selectFrom('runs').selectAll().where('user_id', '=', filter.userId);
      const { status, direction, workflowId, number, providerCallId } = filter;
      if (status) query = query.where('status', '=', status);
      if (direction) query = query.where('direction', '=', direction);
      if (workflowId) query = query.where('workflow_id', '=', workflowId);
      if (providerCallId) query = query.where('provider_call_id', '=', providerCallId);
      if (number) {
        query = query.where((where) =>
          where.or([where('from_number', '=', number), where('to_number', '=', number)]),
        );
      }
      if (filter.fromTime) query = query.where('created_at', '>=', filter.fromTime.getTime());
      if (filter.toTime) query = query.where('created_at', '<', filter.toTime.getTime());
      if (filter.before) query = query.where('run_id', '<', filter.before);
      return query.orderBy('run_id', 'desc').limit(filter.limit).execute();
    });
    return rows.map(runFromRow);
  }

  /** One user's calls that changed after a position, in commit order; each as it is now. */
  async changedSince(userId: number, position: number, limit: number): Promise<CallRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .selectAll()
        .where('user_id', '=', userId)
        .where('position', '>', position)
        .orderBy('position')
        .limit(limit)
        .execute(),
    );
    return rows.map(runFromRow);
  }
}
