import { createHmac } from 'node:crypto';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CallMetrics } from '../../calls/call-metrics.js';
import { EventDeliveries, type DueDelivery } from '../../calls/event-deliveries.js';
import { EventSettings } from '../../config/settings.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { Clock } from '../../shared/clock.js';
import { Log } from '../../shared/logger.js';
import { sendEvent } from './send-event.js';

const POLL_MS = 250;
const AT_ONCE = 20;
/** A slow endpoint holds up nobody but itself. */
const AT_ONCE_PER_ENDPOINT = 4;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Between attempts; the last one repeats until the day is over. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR];
/** After that the delivery is dead, until somebody replays it. */
export const TRIED_FOR_MS = 24 * HOUR;

/** Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over id, timestamp and body. */
export function signEvent(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${signature}`;
}

/** When a delivery that has failed so often is tried again; null: its day is over. */
export function nextAttempt(attempts: number, createdAt: Date, now: Date): Date | null {
  const pause = PAUSES_MS[Math.min(attempts, PAUSES_MS.length - 1)] ?? HOUR;
  const next = new Date(now.getTime() + pause);
  return next.getTime() - createdAt.getTime() > TRIED_FOR_MS ? null : next;
}

/** Takes what is due from the outbox and brings it to its endpoint, at least once. */
@Injectable()
export class Deliverer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly underWay = new Map<number, { endpointId: number; work: Promise<void> }>();
  private timer: NodeJS.Timeout | null = null;
  private readonly stopping = new AbortController();

  constructor(
    private readonly deliveries: EventDeliveries,
    private readonly settings: EventSettings,
    private readonly metrics: CallMetrics,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    if (this.timer) clearTimeout(this.timer);
    await Promise.all([...this.underWay.values()].map(({ work }) => work));
  }

  private schedule(): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.takeDue()
        .catch((error: unknown) => {
          if (!(error instanceof StoreUnavailableError)) {
            this.log.error('deliveries.failed', { error });
          }
        })
        .finally(() => this.schedule());
    }, POLL_MS);
  }

  private async takeDue(): Promise<void> {
    const room = AT_ONCE - this.underWay.size;
    if (room <= 0) return;
    const due = await this.deliveries.due(room, [...this.underWay.keys()], this.busyEndpoints());
    for (const delivery of due) {
      if (this.stopping.signal.aborted || this.load(delivery.endpointId) >= AT_ONCE_PER_ENDPOINT)
        continue;
      const work = this.deliver(delivery).finally(() => this.underWay.delete(delivery.deliveryId));
      this.underWay.set(delivery.deliveryId, { endpointId: delivery.endpointId, work });
    }
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    const { messageId, body } = delivery;
    const timestamp = Math.floor(this.clock.now().getTime() / SECOND);
    const { status, error } = await sendEvent(
      delivery.url,
      {
        'Content-Type': 'application/json',
        'User-Agent': 'Patchbay',
        'webhook-id': messageId,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signEvent(delivery.secret, messageId, timestamp, body),
      },
      body,
      this.settings.allowedHosts,
      this.stopping.signal,
    );
    // Cut off by our own end, it says nothing about the endpoint: it is due again at the next start.
    if (this.stopping.signal.aborted && status === null) return;
    const delivered = status !== null && status >= 200 && status < 300;
    const now = this.clock.now();
    const nextAt = delivered ? null : nextAttempt(delivery.attempts, delivery.createdAt, now);
    const result = delivered ? 'delivered' : nextAt === null ? 'dead' : 'failed';
    this.metrics.deliveries.add({ result });
    if (!delivered) {
      this.log.info('delivery.failed', {
        workflow_run_id: delivery.runId,
        delivery_id: delivery.deliveryId,
        endpoint_id: delivery.endpointId,
        http_status: status,
        reason: error,
        gives_up: nextAt === null,
      });
    }
    try {
      await this.deliveries.concluded(delivery.deliveryId, { delivered, status, error, nextAt });
    } catch (problem) {
      // Delivered twice rather than never: the receiver tells by the message's id.
      this.log.warn('delivery.not_concluded', {
        workflow_run_id: delivery.runId,
        delivery_id: delivery.deliveryId,
        error: problem,
      });
    }
  }

  private load(endpointId: number): number {
    return [...this.underWay.values()].filter((one) => one.endpointId === endpointId).length;
  }

  private busyEndpoints(): number[] {
    const endpoints = new Set([...this.underWay.values()].map((one) => one.endpointId));
    return [...endpoints].filter((endpoint) => this.load(endpoint) >= AT_ONCE_PER_ENDPOINT);
  }
}
