import { timingSafeEqual } from 'node:crypto';
import { callEvent } from '../../../src/calls/ledger/call-event.js';
import type { CallIds } from '../../../src/calls/ledger/call-ids.js';
import type { CallStatus } from '../../../src/calls/ledger/call-status.js';
import {
  WebhookIngress,
  type AnswerInstruction,
  type DoResult,
  type IngressRoute,
  type Malformed,
  type RawRequest,
  type Reply,
  type Told,
} from '../../../src/providers/ingress.js';
import type { SignatureVerdict } from '../../../src/providers/signature-verdict.js';
import type { MadeUpApi } from './made-up-api.js';
import {
  EVENT_TYPES,
  hmacOf,
  SIGNATURE_HEADER,
  TOLERANCE_SECONDS,
  type EndedBecause,
  type EventType,
} from './made-up-protocol.js';

type Json = Record<string, unknown>;

const STATUSES: Record<Exclude<EventType, 'call.ended'>, CallStatus> = {
  'call.incoming': 'ringing',
  'call.initiated': 'initiated',
  'call.ringing': 'ringing',
  'call.answered': 'answered',
};
const ENDS: Record<EndedBecause, CallStatus> = {
  hangup: 'completed',
  busy: 'busy',
  no_answer: 'no-answer',
  failed: 'failed',
};
const HEARD: Reply = { status: 200, contentType: 'application/json', body: '{"heard":true}' };

/** Events by JSON; instructions are given by the API, so a reply only acknowledges the event. */
export class MadeUpIngress extends WebhookIngress {
  readonly routes: readonly IngressRoute[] = [{ purpose: 'events', methods: ['POST'] }];
  override readonly marks = [SIGNATURE_HEADER];
  /** Signatures that were good, until they are too old to be. */
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly secret: string,
    private readonly api: MadeUpApi,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  verify({ headers, body, method }: RawRequest): SignatureVerdict {
    const header = headers[SIGNATURE_HEADER];
    if (header === undefined) return { valid: false, reason: 'missing' };
    const match = /^t=(\d{1,12}),v=([0-9a-f]{64})$/.exec(String(header));
    if (!match || method !== 'POST') return { valid: false, reason: 'mismatch' };
    const seconds = Number(match[1]);
    const given = Buffer.from(match[2] ?? '', 'hex');
    if (!timingSafeEqual(hmacOf(this.secret, body, seconds), given)) {
      return { valid: false, reason: 'mismatch' };
    }
    const now = this.now() / 1000;
    if (Math.abs(now - seconds) > TOLERANCE_SECONDS) return { valid: false, reason: 'expired' };
    for (const [old, at] of this.seen) if (now - at > TOLERANCE_SECONDS) this.seen.delete(old);
    if (this.seen.has(match[0])) return { valid: false, reason: 'replayed' };
    this.seen.set(match[0], seconds);
    return { valid: true };
  }

  read({ body }: RawRequest): Told | Malformed {
    const event = jsonOf(body);
    if (event === null) return { malformed: 'not an object' };
    const { call_id: call, request_id: request, event_id: eventId, type } = event;
    if (!isText(call)) return { malformed: 'call_id is missing' };
    if (!isText(eventId)) return { malformed: 'event_id is missing' };
    const ids: CallIds = { call, ...(isText(request) ? { request } : {}) };
    // Kinds that are unknown to us are only acknowledged.
    const known = EVENT_TYPES.find((one) => one === type);
    if (known === undefined) return { ids, accountId: null, events: [], question: null };
    return this.toldBy(known, event, ids, eventId);
  }

  private toldBy(type: EventType, event: Json, ids: CallIds, eventId: string): Told | Malformed {
    const end = type === 'call.ended' ? ENDS[event['because'] as EndedBecause] : null;
    if (end === undefined) return { malformed: 'because is none of ours' };
    const status = end ?? STATUSES[type as keyof typeof STATUSES];
    const payload: Json = Object.fromEntries(Object.entries(event));
    const direction = event['direction'] === 'in' ? 'inbound' : 'outbound';
    const asks = type === 'call.incoming' || (type === 'call.answered' && direction === 'outbound');
    const told = callEvent({
      type: 'status',
      source: 'status-callback',
      status,
      providerStatus: type,
      occurredAt: dateOf(event['at']),
      durationSeconds: typeof event['seconds'] === 'number' ? Math.trunc(event['seconds']) : null,
      payload,
      dedupeKey: `event:${eventId}`,
    });
    return {
      ids,
      accountId: null,
      events: [told],
      question: asks
        ? {
            direction,
            from: textOf(event['from']),
            to: textOf(event['to']),
            status,
            providerStatus: type,
            answeredBy: null,
            payload,
          }
        : null,
    };
  }

  render(): Reply {
    return HEARD;
  }

  override async perform(instruction: AnswerInstruction, { call }: CallIds): Promise<DoResult> {
    if (call === null) return { kind: 'failed', message: 'the call has no id yet' };
    switch (instruction.kind) {
      case 'stream':
        return this.api.instruct('POST', `/calls/${call}/stream`, { url: instruction.streamUrl });
      case 'reject':
        return this.api.instruct('POST', `/calls/${call}/reject`, { busy: instruction.busy });
      case 'hangup':
      case 'say-and-hangup':
        return this.api.instruct('DELETE', `/calls/${call}`);
      case 'transfer':
      case 'announce':
        return { kind: 'failed', message: 'this carrier transfers no calls' };
      default:
        return instruction satisfies never;
    }
  }
}

function jsonOf(body: Buffer): Json | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Json)
      : null;
  } catch {
    return null;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9_]{1,64}$/.test(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 256) : '';
}

function dateOf(value: unknown): Date | null {
  const millis = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? null : new Date(millis);
}
