import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CallMetrics } from '../call-metrics.js';
import { EventDeliveries, type EventDelivery, type WaitingEndpoint } from './event-deliveries.js';
import { EventEndpoints } from './event-endpoints.js';
import { unlessUnavailable } from '../../database/store-errors.js';
import { Clock } from '../../shared/clock.js';
import { DueWork, every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { DeliveryTurns } from './delivery-turns.js';
import { EventSender } from './event-sender.js';
import { nextAttempt } from './next-attempt.js';
import type { SentEvent } from './send-event.js';

const POLL_MS = 250;
/**
 * How many endpoints with pending deliveries one look covers; the next look
 * continues behind them.
 */
const ENDPOINTS_PER_LOOK = 200;
/** How long a delivery is left alone after its result could not be recorded. */
const POSTPONED_MS = 60_000;
/**
 * With this many deliveries that cannot even be postponed, the store is at fault:
 * nothing is sent until their pause is over.
 */
const RESTING_MAX = 200;

interface Due {
  delivery: EventDelivery;
  endpoint: WaitingEndpoint;
}

/** Takes due deliveries from the outbox and sends each to its endpoint, at least once. */
@Injectable()
export class Deliverer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly turns = new DeliveryTurns();
  private readonly underWay = new Set<Promise<void>>();
  private readonly work: DueWork<Due>;
  private readonly stopping = new AbortController();
  private loop: Loop | null = null;
  private looking: Promise<void> | null = null;
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('deliveries.failed', { error });
  });
  private after = 0;

  constructor(
    private readonly deliveries: EventDeliveries,
    private readonly endpoints: EventEndpoints,
    private readonly sender: EventSender,
    private readonly metrics: CallMetrics,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.work = new DueWork({
      idOf: ({ delivery }) => delivery.deliveryId,
      idField: 'delivery_id',
      // A delivery is better sent twice than never: the receiver recognizes a repetition by the
      // message's id.
      event: 'delivery.not_concluded',
      attend: (due) => this.deliver(due),
      postpone: (due) => this.postpone(due),
      restMs: POSTPONED_MS,
      log,
    });
  }

  onApplicationBootstrap(): void {
    this.loop = every(POLL_MS, () => this.look(), this.noteFailed);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.loop?.stop();
    await this.looking?.catch(() => undefined);
    await Promise.all(this.underWay);
  }

  /** Runs one look at a time: callers that ask meanwhile share it. */
  private look(): Promise<void> {
    this.looking ??= this.beginDue().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async beginDue(): Promise<void> {
    if (this.work.resting().length >= RESTING_MAX) return;
    const { endpoints, next } = await this.deliveries.waiting(this.after, ENDPOINTS_PER_LOOK);
    this.after = next;
    for (const { endpoint, places } of this.turns.next(endpoints, this.clock.now().getTime())) {
      const underWay = this.turns.of(endpoint.endpointId);
      const due = await this.deliveries.claim(endpoint.endpointId, places, underWay);
      if (this.stopping.signal.aborted) {
        for (const { deliveryId } of due) await this.deliveries.giveBack(deliveryId);
        return;
      }
      for (const delivery of due) this.begin({ delivery, endpoint });
    }
  }

  private begin(due: Due): void {
    const { deliveryId } = due.delivery;
    this.turns.begin(deliveryId, due.endpoint);
    const work = this.work.attend(due).finally(() => {
      this.turns.end(deliveryId);
      this.underWay.delete(work);
      // There is room again: deliveries that wait for it do not also wait for the next look.
      if (!this.stopping.signal.aborted) this.look().catch(this.noteFailed);
    });
    this.underWay.add(work);
  }

  private async deliver({ delivery, endpoint }: Due): Promise<void> {
    const { signal } = this.stopping;
    const sent = await this.sender.send(endpoint, delivery, signal);
    // Our own stop cut it off, which says nothing about the endpoint. It stays due for other
    // instances and for the next start.
    if (signal.aborted && sent.status === null) {
      return this.deliveries.giveBack(delivery.deliveryId);
    }
    const now = this.clock.now();
    this.learn(endpoint.endpointId, sent, now.getTime());
    const { status, failure, retryAfterSeconds } = sent;
    const isGone = status === 410;
    const nextAt =
      failure === null || isGone
        ? null
        : nextAttempt(delivery.attempts, delivery.createdAt, now, retryAfterSeconds);
    this.metrics.deliveries.add({
      result: failure === null ? 'delivered' : nextAt === null ? 'dead' : 'failed',
    });
    if (failure) {
      this.log.info('delivery.failed', {
        workflow_run_id: delivery.runId,
        delivery_id: delivery.deliveryId,
        endpoint_id: endpoint.endpointId,
        http_status: status,
        reason: failure.reason,
        gives_up: nextAt === null,
      });
    }
    await this.deliveries.concluded(delivery.deliveryId, {
      delivered: failure === null,
      status,
      error: failure?.error ?? null,
      nextAt,
    });
    if (isGone) await this.endpoints.disable(endpoint, failure?.error ?? 'it is gone');
  }

  private async postpone({ delivery, endpoint }: Due): Promise<void> {
    const until = this.clock.now().getTime() + POSTPONED_MS;
    try {
      await this.deliveries.postpone(delivery.deliveryId, new Date(until));
    } catch (error) {
      // The delivery stays due, and must not take the turns of others.
      this.turns.rest(endpoint.endpointId, until);
      throw error;
    }
  }

  /** Remembers what an attempt shows about the endpoint, for later attempts. */
  private learn(endpointId: number, sent: SentEvent, now: number): void {
    if (sent.failure?.reason === 'timeout') this.turns.timedOut(endpointId, now);
    else if (sent.status !== null) this.turns.answered(endpointId);
    if (sent.failure && sent.retryAfterSeconds !== null) {
      this.turns.rest(endpointId, now + sent.retryAfterSeconds * 1000);
    }
  }
}
