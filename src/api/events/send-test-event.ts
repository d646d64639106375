import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { EventEndpoints, type EventEndpoint } from '../../calls/events-out/event-endpoints.js';
import { EventSender } from '../../calls/events-out/event-sender.js';
import { Clock } from '../../shared/clock.js';

/** The type of the event that is sent to try an endpoint; no call has it. */
export const TEST_EVENT = 'test';

export interface TestedEndpoint {
  messageId: string;
  /** HTTP status; null when there was no reply. */
  status: number | null;
  /** Why it counts as not delivered, in words; null: the reply was a 2xx. */
  error: string | null;
  durationMs: number;
}

/**
 * Tries an endpoint at once, past the outbox: the user waits for the result, so it is neither
 * repeated nor listed among the deliveries. A disabled endpoint can be tried too.
 */
@Injectable()
export class SendTestEvent {
  constructor(
    private readonly sender: EventSender,
    private readonly endpoints: EventEndpoints,
    private readonly clock: Clock,
  ) {}

  /** @param gone aborts when nobody waits for the result any more */
  async send(endpoint: EventEndpoint, gone: AbortSignal): Promise<TestedEndpoint> {
    const messageId = `msg_${randomUUID()}`;
    const body = JSON.stringify({
      type: TEST_EVENT,
      timestamp: this.clock.now().toISOString(),
      data: { endpoint_id: endpoint.endpointId },
    });
    const began = performance.now();
    const { status, failure } = await this.sender.send(endpoint, { messageId, body }, gone);
    // The receiver says that it is gone for good, which counts whatever it was sent.
    if (failure && status === 410) await this.endpoints.disable(endpoint, failure.error);
    return {
      messageId,
      status,
      error: failure?.error ?? null,
      durationMs: Math.round(performance.now() - began),
    };
  }
}
