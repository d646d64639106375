import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import { sweepInPieces } from '../../database/pieces.js';
import type { WebhookDeliveriesTable } from '../../database/schema.js';
import { Clock } from '../../shared/clock.js';

/** Counting stops here: a higher count says nothing new, and it would cost time at every scrape. */
const PENDING_COUNTED = 100_000;

/** Longer than an attempt and the recording of its result take. */
const TRY_MS = 60_000;

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

/** An endpoint that has deliveries pending. */
export interface WaitingEndpoint {
  endpointId: number;
  userId: number;
  url: string;
  secret: string;
  /** See `EventEndpoint`. */
  version: number;
  /** When the first of its pending deliveries is due, in milliseconds since 1970. */
  dueAt: number;
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
  /** Deliveries still to be made, and how many of those have failed before. */
  pending: number;
  failing: number;
  /** How many of the latest deliveries were given up. */
  dead: number;
  /**
   * The HTTP status and the error of a failed delivery; both null where none
   * failed, the status also where nothing replied.
   */
  lastStatus: number | null;
  lastError: string | null;
}

export interface DeliveriesStanding {
  endpoints: EndpointStanding[];
  /**
   * When the oldest event that still waits for an enabled endpoint was written;
   * null: none waits.
   */
  oldestPending: Date | null;
}

const NO_LEASE = { lease_until: null, lease_instance: null };

/** How many of the latest deliveries are searched for those that were given up. */
const LATEST = 5_000;

@Injectable()
export class EventDeliveries {
  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
    private readonly clock: Clock,
  ) {}

  /**
   * The enabled endpoints among the next `limit` that have pending deliveries,
   * by id. `next` is where to continue; 0: at the beginning again. Each
   * endpoint costs one step of the index, however many deliveries it has
   * pending.
   *
   * @param after the `next` of the previous answer
   */
  async waiting(
    after: number,
    limit: number,
  ): Promise<{ endpoints: WaitingEndpoint[]; next: number }> {
    const { rows } = await this.database.read((db) =>
      sql<{
        endpoint_id: number;
        user_id: number;
        url: string;
        secret: string;
        version: number;
        enabled: number;
        due_at: number;
      }>`with recursive pending (endpoint_id, step) as (
          select min(endpoint_id), 1 from webhook_deliveries
            where due_at is not null and endpoint_id > ${after}
          union all
          select (select min(one.endpoint_id) from webhook_deliveries one
            where one.due_at is not null and one.endpoint_id > pending.endpoint_id), step + 1
            from pending where pending.endpoint_id is not null and step < ${limit})
        select endpoint.endpoint_id, user_id, url, secret, version, enabled,
          (select min(one.due_at) from webhook_deliveries one
            where one.due_at is not null and one.endpoint_id = pending.endpoint_id) as due_at
          from pending join webhook_endpoints endpoint
            on endpoint.endpoint_id = pending.endpoint_id
          order by pending.endpoint_id`.execute(db),
    );
    return {
      endpoints: rows
        .filter(({ enabled }) => enabled === 1)
        .map((row) => ({
          endpointId: row.endpoint_id,
          userId: row.user_id,
          url: row.url,
          secret: row.secret,
          version: row.version,
          dueAt: row.due_at,
        })),
      next: rows.length < limit ? 0 : (rows.at(-1)?.endpoint_id ?? 0),
    };
  }

  /** The due deliveries of one endpoint, oldest first, except those named. */
  async due(
    endpointId: number,
    limit: number,
    except: readonly number[],
  ): Promise<EventDelivery[]> {
    const now = this.clock.now().getTime();
    const rows = await this.database.read((db) =>
      db
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('endpoint_id', '=', endpointId)
        .where('due_at', '<=', now)
        .$if(except.length > 0, (query) => query.where('delivery_id', 'not in', except))
        .orderBy('due_at')
        .orderBy('delivery_id')
        .limit(limit)
        .execute(),
    );
    return rows.map(fromRow);
  }

  /**
   * Claims the deliveries of one endpoint that are {@link due} and that no other
   * instance is attempting.
   */
  async claim(
    endpointId: number,
    limit: number,
    except: readonly number[],
  ): Promise<EventDelivery[]> {
    const now = this.clock.now().getTime();
    const { engine } = this.database;
    return this.database.writeLocking(async (trx) => {
      const rows = await engine
        .lockFree(
          trx
            .selectFrom('webhook_deliveries')
            .selectAll()
            .where('endpoint_id', '=', endpointId)
            .where('due_at', '<=', now)
            .where(this.leases.isFree('lease_instance', 'lease_until'))
            .$if(except.length > 0, (query) => query.where('delivery_id', 'not in', except))
            .orderBy('due_at')
            .orderBy('delivery_id')
            .limit(limit),
        )
        .execute();
      if (rows.length === 0) return [];
      await trx
        .updateTable('webhook_deliveries')
        .set({ lease_until: this.leases.until(TRY_MS), lease_instance: this.leases.holder })
        .where(
          'delivery_id',
          'in',
          rows.map((row) => row.delivery_id),
        )
        .execute();
      return rows.map(fromRow);
    });
  }

  /**
   * Releases a delivery that was claimed and not attempted, so that another
   * instance need not wait for the claim to lapse.
   */
  async giveBack(deliveryId: number): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('webhook_deliveries')
        .set(NO_LEASE)
        .where('delivery_id', '=', deliveryId)
        .where('lease_instance', '=', this.leases.holder)
        .execute(),
    );
  }

  /** How many deliveries are still to be made; counted up to {@link PENDING_COUNTED}. */
  async pending(): Promise<number> {
    const { count } = await this.database.read((db) =>
      db
        .selectFrom((some) =>
          some
            .selectFrom('webhook_deliveries')
            .select('delivery_id')
            .where('due_at', 'is not', null)
            .limit(PENDING_COUNTED)
            .as('some'),
        )
        .select((select) => select.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow(),
    );
    return count;
  }

  /** Reports how deliveries of all users are doing. @throws StoreUnavailableError */
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
          ...NO_LEASE,
          last_status: result.status,
          last_error: result.error,
          delivered_at: result.delivered ? this.clock.now().getTime() : null,
        }))
        .where('delivery_id', '=', deliveryId)
        .execute(),
    );
  }

  /** Makes the delivery due later, whatever the result of its attempt was. */
  async postpone(deliveryId: number, until: Date): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('webhook_deliveries')
        .set({ due_at: until.getTime(), ...NO_LEASE })
        .where('delivery_id', '=', deliveryId)
        .where('due_at', 'is not', null)
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

  /**
   * Makes the delivery due again now, as the same message; null when the endpoint
   * has no such delivery.
   */
  async replay(endpointId: number, deliveryId: number): Promise<EventDelivery | null> {
    const now = this.clock.now().getTime();
    const row = await this.database.write((trx) =>
      trx
        .updateTable('webhook_deliveries')
        // Its day of attempts starts again.
        .set({
          state: 'pending',
          attempts: 0,
          due_at: now,
          created_at: now,
          delivered_at: null,
          ...NO_LEASE,
        })
        .where('delivery_id', '=', deliveryId)
        .where('endpoint_id', '=', endpointId)
        .returningAll()
        .executeTakeFirst(),
    );
    return row ? fromRow(row) : null;
  }

  /**
   * Deletes the deliveries of changes before the given time, including those that
   * wait for a disabled endpoint.
   */
  async sweep(before: Date): Promise<void> {
    await sweepInPieces((limit) =>
      this.database.write(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('webhook_deliveries')
          .where('delivery_id', 'in', (old) =>
            old
              .selectFrom('webhook_deliveries')
              .select('delivery_id')
              .where('created_at', '<', before.getTime())
              .limit(limit),
          )
          .executeTakeFirst();
        return numDeletedRows;
      }),
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
