import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { Database } from '../database/database.js';
import type { WebhookDeliveriesTable } from '../database/schema.js';
import { Clock } from '../shared/clock.js';

export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** One event on its way to one endpoint. */
export interface EventDelivery {
  deliveryId: number;
  endpointId: number;
  runId: number;
  messageId: string;
  type: string;
  body: string;
  state: DeliveryState;
  attempts: number;
  dueAt: Date | null;
  lastStatus: number | null;
  lastError: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
}

/** A delivery that is due, with where it goes. */
export interface DueDelivery extends EventDelivery {
  url: string;
  secret: string;
}

export interface AttemptResult {
  delivered: boolean;
  status: number | null;
  error: string | null;
  /** When to try again; null: never. */
  nextAt: Date | null;
}

/** How deliveries to one endpoint are doing. */
export interface EndpointStanding {
  endpointId: number;
  userId: number;
  enabled: boolean;
  /** Yet to be made, and of those how many have failed before. */
  pending: number;
  failing: number;
  /** Given up among the latest. */
  dead: number;
  /** Of one that failed; both null where none did, or nothing answered. */
  lastStatus: number | null;
  lastError: string | null;
}

export interface DeliveriesStanding {
  endpoints: EndpointStanding[];
  /** When the oldest event was written that still waits for an enabled endpoint; null: none waits. */
  oldestPending: Date | null;
}

/** How many of the latest deliveries are looked at for those that were given up. */
const LATEST = 5_000;

@Injectable()
export class EventDeliveries {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Oldest first, except those under way and those of endpoints that are busy. */
  async due(
    limit: number,
    underWay: readonly number[],
    busyEndpoints: readonly number[],
  ): Promise<DueDelivery[]> {
    const now = this.clock.now().getTime();
    const rows = await this.database.read((db) =>
      db
        .selectFrom('webhook_deliveries')
        .innerJoin(
          'webhook_endpoints',
          'webhook_endpoints.endpoint_id',
          'webhook_deliveries.endpoint_id',
        )
        .selectAll('webhook_deliveries')
        .select(['webhook_endpoints.url', 'webhook_endpoints.secret'])
        .where('due_at', '<=', now)
        .where('webhook_endpoints.enabled', '=', 1)
        .$if(underWay.length > 0, (query) => query.where('delivery_id', 'not in', underWay))
        .$if(busyEndpoints.length > 0, (query) =>
          query.where('webhook_deliveries.endpoint_id', 'not in', busyEndpoints),
        )
        .orderBy('due_at')
        .orderBy('delivery_id')
        .limit(limit)
        .execute(),
    );
    return rows.map((row) => ({ ...fromRow(row), url: row.url, secret: row.secret }));
  }

  /** How many are yet to be made. */
  async pending(): Promise<number> {
    const { count } = await this.database.read((db) =>
      db
        .selectFrom('webhook_deliveries')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('due_at', 'is not', null)
        .executeTakeFirstOrThrow(),
    );
    return count;
  }

  /** Of all users. @throws StoreUnavailableError */
  async standing(): Promise<DeliveriesStanding> {
    return this.database.read(async (db) => {
      const endpoints = await db
        .selectFrom('webhook_endpoints')
        .select(['endpoint_id', 'user_id', 'enabled'])
        .orderBy('endpoint_id')
        .execute();
      const pending = await db
        .selectFrom('webhook_deliveries')
        .select((select) => [
          'endpoint_id',
          select.fn.countAll<number>().as('count'),
          select.fn.min('created_at').as('oldest'),
        ])
        .where('due_at', 'is not', null)
        .groupBy('endpoint_id')
        .execute();
      const failed = await db
        .selectFrom('webhook_deliveries')
        .select((select) => [
          'endpoint_id',
          'state',
          select.fn.countAll<number>().as('count'),
          select.fn.max('last_status').as('last_status'),
          select.fn.max('last_error').as('last_error'),
        ])
        .where('state', '!=', 'delivered')
        .where('attempts', '>', 0)
        .where('delivery_id', '>', (latest) =>
          latest
            .selectFrom('webhook_deliveries')
            .select((select) =>
              sql<number>`${select.fn.max('delivery_id')} - ${LATEST}`.as('from'),
            ),
        )
        .groupBy(['endpoint_id', 'state'])
        .execute();
      const standings = new Map<number, EndpointStanding>(
        endpoints.map((one) => [
          one.endpoint_id,
          {
            endpointId: one.endpoint_id,
            userId: one.user_id,
            enabled: one.enabled === 1,
            pending: 0,
            failing: 0,
            dead: 0,
            lastStatus: null,
            lastError: null,
          },
        ]),
      );
      let oldest = Infinity;
      for (const row of pending) {
        const standing = standings.get(row.endpoint_id);
        if (!standing) continue;
        standing.pending = row.count;
        if (standing.enabled) oldest = Math.min(oldest, row.oldest);
      }
      for (const row of failed) {
        const standing = standings.get(row.endpoint_id);
        if (!standing) continue;
        standing[row.state === 'dead' ? 'dead' : 'failing'] = row.count;
        standing.lastStatus ??= row.last_status;
        standing.lastError ??= row.last_error;
      }
      return {
        endpoints: [...standings.values()],
        oldestPending: oldest === Infinity ? null : new Date(oldest),
      };
    });
  }

  async concluded(deliveryId: number, result: AttemptResult): Promise<void> {
    const state: DeliveryState = result.delivered
      ? 'delivered'
      : result.nextAt === null
        ? 'dead'
        : 'pending';
    await this.database.write((trx) =>
      trx
        .updateTable('webhook_deliveries')
        .set((set) => ({
          state,
          attempts: set('attempts', '+', 1),
          due_at: result.nextAt?.getTime() ?? null,
          last_status: result.status,
          last_error: result.error,
          delivered_at: result.delivered ? this.clock.now().getTime() : null,
        }))
        .where('delivery_id', '=', deliveryId)
        .execute(),
    );
  }

  /** Newest first. */
  async list(endpointId: number, before: number | null, limit: number): Promise<EventDelivery[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('endpoint_id', '=', endpointId)
        .$if(before !== null, (query) => query.where('delivery_id', '<', before ?? 0))
        .orderBy('delivery_id', 'desc')
        .limit(limit)
        .execute(),
    );
    return rows.map(fromRow);
  }

  /** Sends it again, now, as the same message; null when the endpoint has no such delivery. */
  async replay(endpointId: number, deliveryId: number): Promise<EventDelivery | null> {
    const now = this.clock.now().getTime();
    const row = await this.database.write((trx) =>
      trx
        .updateTable('webhook_deliveries')
        // Its day of tries begins anew.
        .set({ state: 'pending', attempts: 0, due_at: now, created_at: now, delivered_at: null })
        .where('delivery_id', '=', deliveryId)
        .where('endpoint_id', '=', endpointId)
        .returningAll()
        .executeTakeFirst(),
    );
    return row ? fromRow(row) : null;
  }

  /** Forgets what was settled before. */
  async sweep(before: Date): Promise<void> {
    await this.database.write((trx) =>
      trx
        .deleteFrom('webhook_deliveries')
        .where('due_at', 'is', null)
        .where('created_at', '<', before.getTime())
        .execute(),
    );
  }
}

function fromRow(row: Selectable<WebhookDeliveriesTable>): EventDelivery {
  return {
    deliveryId: row.delivery_id,
    endpointId: row.endpoint_id,
    runId: row.run_id,
    messageId: row.message_id,
    type: row.type,
    body: row.body,
    state: row.state as DeliveryState,
    attempts: row.attempts,
    dueAt: row.due_at === null ? null : new Date(row.due_at),
    lastStatus: row.last_status,
    lastError: row.last_error,
    createdAt: new Date(row.created_at),
    deliveredAt: row.delivered_at === null ? null : new Date(row.delivered_at),
  };
}
