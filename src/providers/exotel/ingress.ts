import { callEvent } from '../../calls/ledger/call-event.js';
import { callNamed } from '../../calls/ledger/call-ids.js';
import { sha256 } from '../../shared/sha256.js';
import { parseParty } from '../../shared/party.js';
import type { AnswerInstruction } from '../answer-instruction.js';
import {
  WebhookIngress,
  type IngressRoute,
  type Malformed,
  type RawRequest,
  type Reply,
  type Told,
} from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { statusOf } from './endings.js';
import { Fields, partyOf } from './fields.js';
import { verifyProof } from './proof.js';

const HEARD: Reply = { status: 200, contentType: null, body: '' };

/**
 * A flow's Voicebot applet asks where the stream is to go, for calls that come in and for those that
 * we placed; a callback says how a call that we placed has ended.
 */
export class ExotelIngress extends WebhookIngress {
  readonly routes: readonly IngressRoute[] = [
    { purpose: 'answer', methods: ['GET', 'POST'] },
    { purpose: 'events', methods: ['GET', 'POST'] },
  ];

  constructor(private readonly webhookToken: string) {
    super();
  }

  verify(request: RawRequest): SignatureVerdict {
    return verifyProof(request, this.webhookToken);
  }

  override callIdOf(request: RawRequest): string | null {
    return new Fields(request).callId();
  }

  read(request: RawRequest, purpose: string): Told | Malformed {
    const fields = new Fields(request);
    const callId = fields.callId();
    if (callId === null) return { malformed: 'CallSid must be an id' };
    const about = { ids: callNamed(callId), accountId: null, events: [], question: null };
    return purpose === 'answer'
      ? { ...about, question: questionIn(fields) }
      : told(about, fields, callId);
  }

  /** Where there is no URL, the applet fails, and the flow goes on to what follows it: its end. */
  render(instruction: AnswerInstruction | null): Reply {
    if (instruction === null) return HEARD;
    return {
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify(contentOf(instruction)),
    };
  }
}

function contentOf(instruction: AnswerInstruction): Record<string, string> {
  switch (instruction.kind) {
    case 'stream':
      return { url: instruction.streamUrl };
    case 'reject':
      return { refused: instruction.busy ? 'busy' : 'rejected' };
    case 'hangup':
    case 'say-and-hangup':
    case 'transfer':
    case 'announce':
      return { refused: 'ended' };
    default:
      return instruction satisfies never;
  }
}

function questionIn(fields: Fields): Told['question'] {
  const isInbound = /^in/i.test(fields.get('Direction') ?? '');
  const party = (...names: string[]): string =>
    parseParty(partyOf(fields.get(...names) ?? '')).told;
  return {
    direction: isInbound ? 'inbound' : 'outbound',
    from: party('CallFrom', 'From'),
    to: party('CallTo', 'To'),
    // The flow of a call that we placed begins when it is answered.
    status: isInbound ? 'ringing' : 'answered',
    providerStatus: fields.get('CallStatus', 'Status')?.slice(0, 40) ?? null,
    answeredBy: null,
    payload: fields.toPayload(),
  };
}

function told(about: Told, fields: Fields, callId: string): Told | Malformed {
  const word = fields.get('Status', 'CallStatus');
  const payload = fields.toPayload();
  const status = word === null ? null : statusOf(word);
  if (word === null || status === null) {
    // Also `in-progress`, which says nothing.
    const other = callEvent({
      type: 'other',
      source: 'status-callback',
      detail: { about: 'call', step: word?.slice(0, 64) ?? 'unknown' },
      payload,
      dedupeKey: `other:${sha256(JSON.stringify(payload))}`,
    });
    return { ...about, events: [other] };
  }
  const seconds = fields.get('ConversationDuration', 'DialCallDuration') ?? '';
  const event = callEvent({
    type: 'status',
    source: 'status-callback',
    status,
    providerStatus: word.slice(0, 40),
    durationSeconds: /^\d{1,7}$/.test(seconds) ? Number(seconds) : null,
    payload,
    dedupeKey: `status:${callId}:${word.slice(0, 40)}`,
  });
  return { ...about, events: [event] };
}
