import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EventDelivery, WaitingEndpoint } from './event-deliveries.js';
import { EventSettings } from '../../config/settings.js';
import { SystemClock } from '../../shared/clock.js';
import { sendEvent, type SentEvent } from './send-event.js';

/** Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over id, timestamp and body. */
export function signEvent(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${signature}`;
}

/** Sends an event to an endpoint, signed by the Standard Webhooks scheme. */
@Injectable()
export class EventSender {
  constructor(
    private readonly settings: EventSettings,
    /** This machine's, which the doctor compares with the world's; not the store's. */
    private readonly clock: SystemClock,
  ) {}

  /** Makes one attempt; never rejects. `stopping` cuts it off. */
  async send(
    { url, secret }: Pick<WaitingEndpoint, 'url' | 'secret'>,
    { messageId, body }: Pick<EventDelivery, 'messageId' | 'body'>,
    stopping: AbortSignal,
  ): Promise<SentEvent> {
    const timestamp = Math.floor(this.clock.now().getTime() / 1000);
    const headers = {
      'Content-Type': 'application/json',
      'User-Agent': 'Patchbay',
      'webhook-id': messageId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signEvent(secret, messageId, timestamp, body),
    };
    return sendEvent(url, headers, body, this.settings.allowedHosts, stopping);
  }
}
