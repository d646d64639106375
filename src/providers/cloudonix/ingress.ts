import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import { callNamed } from '../../calls/ledger/call-ids.js';
import { isTerminal, type CallStatus } from '../../calls/ledger/call-status.js';
import { parseParty } from '../../shared/party.js';
import { sha256 } from '../../shared/sha256.js';
import {
  WebhookIngress,
  type AnswerInstruction,
  type AnswerRequest,
  type IngressRoute,
  type Malformed,
  type RawRequest,
  type Reply,
  type Told,
} from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { renderCxml } from './answer.js';
import { endingOf, statusOf } from './endings.js';
import { fieldsOf, partyOf, type Fields } from './fields.js';
import { verifyProof } from './proof.js';

const HEARD: Reply = { status: 200, contentType: null, body: '' };
const WORD_MAX = 40;
const SECONDS = /^\d{1,7}$/;

/**
 * A voice application asks for CXML; sessions, and the records of calls that are over, are told as JSON
 * (https://developers.cloudonix.com/Documentation/voiceApplication, `dataModels/session`).
 */
export class CloudonixIngress extends WebhookIngress {
  readonly routes: readonly IngressRoute[] = [
    { purpose: 'answer', methods: ['GET', 'POST'] },
    { purpose: 'events', methods: ['POST'] },
  ];

  constructor(private readonly webhookKey: string) {
    super();
  }

  verify(request: RawRequest): SignatureVerdict {
    return verifyProof(request, this.webhookKey);
  }

  override callIdOf(request: RawRequest): string | null {
    const fields = fieldsOf(request);
    return fields && (sessionIn(fields) ?? tokenIn(fields));
  }

  read(request: RawRequest, purpose: string): Told | Malformed {
    const fields = fieldsOf(request);
    if (fields === null) return { malformed: 'neither a form nor one object' };
    if (purpose === 'answer') {
      const session = sessionIn(fields);
      if (session === null) return { malformed: 'Session must be an id' };
      const question = questionIn(fields);
      return { ids: callNamed(session), accountId: null, events: [], question };
    }
    const events = [eventIn(fields)];
    return { ids: callNamed(tokenIn(fields)), accountId: null, events, question: null };
  }

  render(instruction: AnswerInstruction | null): Reply {
    return instruction === null ? HEARD : renderCxml(instruction);
  }
}

/** The session is what the API knows a call by; whether `CallSid` is the same is not documented. */
function sessionIn(fields: Fields): string | null {
  return fields.id('Session') ?? fields.within('SessionData').id('token') ?? fields.id('CallSid');
}

/** Null in a record whose session is null: its address says which run it is. */
function tokenIn(fields: Fields): string | null {
  return fields.id('token') ?? fields.within('session').id('token');
}

function questionIn(fields: Fields): AnswerRequest {
  const direction = fields.text('Direction') === 'outbound-api' ? 'outbound' : 'inbound';
  const party = (name: string): string => parseParty(partyOf(fields.text(name) ?? '')).told;
  return {
    direction,
    from: party('From'),
    to: party('To'),
    // The application of a call that we placed runs once it is answered.
    status: direction === 'outbound' ? 'answered' : 'ringing',
    providerStatus: fields.text('CallStatus')?.slice(0, WORD_MAX) ?? null,
    answeredBy: null,
    payload: fields.toPayload(),
  };
}

function eventIn(fields: Fields): CallEventDraft {
  const isRecord = fields.has('disposition');
  const word = fields.text(isRecord ? 'disposition' : 'status')?.slice(0, WORD_MAX) ?? null;
  const status = word === null ? null : isRecord ? endingOf(word) : statusOf(word);
  const payload = fields.toPayload();
  if (word === null || status === null) {
    const detail = { about: 'call', step: word ?? 'unknown' };
    const dedupeKey = `other:${sha256(JSON.stringify(payload))}`;
    return callEvent({ type: 'other', source: 'status-callback', detail, payload, dedupeKey });
  }
  return callEvent({
    type: 'status',
    source: 'status-callback',
    status,
    providerStatus: word,
    occurredAt: timeOf(fields, status),
    durationSeconds: isTerminal(status) ? secondsOf(fields) : null,
    payload,
    // A session is told ten times and more, and its record after it.
    dedupeKey: `${isRecord ? 'record' : 'session'}:${word.toLowerCase()}`,
  });
}

function timeOf(fields: Fields, status: CallStatus): Date | null {
  if (isTerminal(status)) return fields.time('callEndTime');
  return status === 'answered' ? fields.time('callAnswerTime') : null;
}

function secondsOf(fields: Fields): number | null {
  const billed = fields.text('billsec') ?? '';
  if (SECONDS.test(billed)) return Number(billed);
  const [from, to] = [fields.time('callAnswerTime'), fields.time('callEndTime')];
  return from && to && to >= from ? Math.round((to.getTime() - from.getTime()) / 1000) : null;
}
