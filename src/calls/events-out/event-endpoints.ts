import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database } from '../../database/database.js';
import { lockAgainstWrites } from '../../database/lock-against-writes.js';
import { sweepInPieces } from '../../database/pieces.js';
import type { WebhookEndpointsTable } from '../../database/schema.js';
import { Clock } from '../../shared/clock.js';

/** A URL to which a user wants events about calls to be sent. */
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
  /** Why we disabled it, in words; null: enabled, or disabled by its user. */
  disabledReason: string | null;
  /** Counts the changes by its user. */
  version: number;
  createdAt: Date;
}

/**
 * A limit, because every change of a call writes one delivery for each endpoint, in
 * the same transaction.
 */
export const ENDPOINTS_PER_USER = 100;

export type EndpointFields = Pick<EventEndpoint, 'workflowId' | 'url' | 'types' | 'enabled'>;

@Injectable()
export class EventEndpoints {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The endpoints of one user, by id.
   * @param after the last id of the previous page
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

  /** Null also when the endpoint belongs to another user. */
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

  /** Null when the user already has {@link ENDPOINTS_PER_USER}, also when many are made at once. */
  async create(userId: number, fields: EndpointFields): Promise<EventEndpoint | null> {
    const row = await this.database.write(async (trx) => {
      await lockAgainstWrites(trx, this.database.kind, 'webhook_endpoints');
      const { count } = await trx
        .selectFrom('webhook_endpoints')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('user_id', '=', userId)
        .executeTakeFirstOrThrow();
      if (count >= ENDPOINTS_PER_USER) return null;
      return trx
        .insertInto('webhook_endpoints')
        .values({
          user_id: userId,
          ...columns(fields),
          secret: `whsec_${randomBytes(32).toString('base64')}`,
          created_at: this.clock.now().getTime(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    });
    return row && fromRow(row);
  }

  /**
   * Disables an endpoint because of its receiver's reply, unless its user has changed
   * it, or enabled it again, since the request was made. The user may enable it again.
   *
   * @param reason in words, for the user
   */
  async disable(
    { endpointId, version }: Pick<EventEndpoint, 'endpointId' | 'version'>,
    reason: string,
  ): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('webhook_endpoints')
        .set({ enabled: 0, disabled_reason: reason })
        .where('endpoint_id', '=', endpointId)
        .where('version', '=', version)
        .where('enabled', '=', 1)
        .execute(),
    );
  }

  async update(endpointId: number, fields: EndpointFields): Promise<EventEndpoint | null> {
    const row = await this.database.write((trx) =>
      trx
        .updateTable('webhook_endpoints')
        .set((set) => ({ ...columns(fields), version: set('version', '+', 1) }))
        .where('endpoint_id', '=', endpointId)
        .returningAll()
        .executeTakeFirst(),
    );
    return row ? fromRow(row) : null;
  }

  /**
   * Deletes an endpoint and its deliveries. The endpoint is disabled first, so that
   * no more deliveries are written meanwhile.
   */
  async delete(endpointId: number): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('webhook_endpoints')
        .set({ enabled: 0 })
        .where('endpoint_id', '=', endpointId)
        .execute(),
    );
    await sweepInPieces((limit) =>
      this.database.write(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('webhook_deliveries')
          .where('delivery_id', 'in', (its) =>
            its
              .selectFrom('webhook_deliveries')
              .select('delivery_id')
              .where('endpoint_id', '=', endpointId)
              .limit(limit),
          )
          .executeTakeFirst();
        return numDeletedRows;
      }),
    );
    await this.database.write((trx) =>
      trx.deleteFrom('webhook_endpoints').where('endpoint_id', '=', endpointId).execute(),
    );
  }
}

function columns(fields: EndpointFields) {
  return {
    workflow_id: fields.workflowId,
    url: fields.url,
    types: JSON.stringify(fields.types),
    enabled: fields.enabled ? 1 : 0,
    ...(fields.enabled ? { disabled_reason: null } : {}),
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
    disabledReason: row.disabled_reason,
    version: row.version,
    createdAt: new Date(row.created_at),
  };
}
