import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database } from '../database/database.js';
import type { WebhookEndpointsTable } from '../database/schema.js';
import { Clock } from '../shared/clock.js';

/** Where a user wants to be told of calls. */
export interface EventEndpoint {
  endpointId: number;
  userId: number;
  /** Null: all workflows of the user. */
  workflowId: number | null;
  url: string;
  /** `whsec_` and 32 random bytes in base64 (Standard Webhooks). */
  secret: string;
  /** Empty: all types. */
  types: string[];
  enabled: boolean;
  createdAt: Date;
}

export type EndpointFields = Pick<EventEndpoint, 'workflowId' | 'url' | 'types' | 'enabled'>;

@Injectable()
export class EventEndpoints {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * One user's, by id.
   * @param after the last one of the page before
   */
  async list(userId: number, after: number | null, limit: number): Promise<EventEndpoint[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('webhook_endpoints')
        .selectAll()
        .where('user_id', '=', userId)
        .where('endpoint_id', '>', after ?? 0)
        .orderBy('endpoint_id')
        .limit(limit)
        .execute(),
    );
    return rows.map(fromRow);
  }

  /** Null also when it belongs to somebody else. */
  async find(userId: number, endpointId: number): Promise<EventEndpoint | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('webhook_endpoints')
        .selectAll()
        .where('endpoint_id', '=', endpointId)
        .where('user_id', '=', userId)
        .executeTakeFirst(),
    );
    return row ? fromRow(row) : null;
  }

  async create(userId: number, fields: EndpointFields): Promise<EventEndpoint> {
    const row = await this.database.write((trx) =>
      trx
        .insertInto('webhook_endpoints')
        .values({
          user_id: userId,
          ...columns(fields),
          secret: `whsec_${randomBytes(32).toString('base64')}`,
          created_at: this.clock.now().getTime(),
        })
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    return fromRow(row);
  }

  async update(endpointId: number, fields: EndpointFields): Promise<EventEndpoint | null> {
    const row = await this.database.write((trx) =>
      trx
        .updateTable('webhook_endpoints')
        .set(columns(fields))
        .where('endpoint_id', '=', endpointId)
        .returningAll()
        .executeTakeFirst(),
    );
    return row ? fromRow(row) : null;
  }

  /** Its deliveries go with it. */
  async delete(endpointId: number): Promise<void> {
    await this.database.write(async (trx) => {
      await trx.deleteFrom('webhook_deliveries').where('endpoint_id', '=', endpointId).execute();
      await trx.deleteFrom('webhook_endpoints').where('endpoint_id', '=', endpointId).execute();
    });
  }
}

function columns(fields: EndpointFields) {
  return {
    workflow_id: fields.workflowId,
    url: fields.url,
    types: JSON.stringify(fields.types),
    enabled: fields.enabled ? 1 : 0,
  };
}

function fromRow(row: Selectable<WebhookEndpointsTable>): EventEndpoint {
  return {
    endpointId: row.endpoint_id,
    userId: row.user_id,
    workflowId: row.workflow_id,
    url: row.url,
    secret: row.secret,
    types: JSON.parse(row.types) as string[],
    enabled: row.enabled === 1,
    createdAt: new Date(row.created_at),
  };
}
