import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import { TRANSFER_FIELD } from '../../calls/transfers/transfer-events.js';
import { sha256 } from '../../shared/sha256.js';
import { queryFields } from '../form-fields.js';
import {
  isMalformed,
  type AnswerRequest,
  type Malformed,
  type RawRequest,
  type Told,
} from '../ingress.js';
import { failureOf, statusOf } from './endings.js';
import { withoutNumbers } from '../without-numbers.js';
import { Fields } from './fields.js';
import { isStream, partyOf } from './parties.js';

/** What is told of nobody whom we know. */
const NOTHING: Told = { ids: { call: null }, accountId: null, events: [], question: null };

/** Twilio's words, which the agents know. */
const GREETINGS: Readonly<Record<string, string>> = {
  beep_start: 'machine_end_beep',
  beep_timeout: 'machine_end_silence',
};

/**
 * Reads a request of Vonage's (https://developer.vonage.com/en/voice/voice-api/webhook-reference). At the answer's
 * address a request with a status tells of what the call was connected with, a stream or a person; one without asks
 * for the first instruction. Which of the two an event at another address is about, its parties say.
 */
export function readRequest(request: RawRequest, purpose: string): Told | Malformed {
  const fields = Fields.of(request);
  if (isMalformed(fields)) return fields;
  if (purpose !== 'answer') return ofCall(fields);
  const query = new Map(queryFields(request.target));
  const transfer = Number(query.get(TRANSFER_FIELD));
  if (Number.isInteger(transfer) && transfer > 0) return ofPerson(fields, transfer);
  return fields.word('status') === null
    ? asked(fields, query.has('workflow_run_id'))
    : ofStream(fields);
}

/** The first question. Vonage does not say which way a call goes: for one that we placed, the address names its run. */
function asked(fields: Fields, isPlaced: boolean): Told | Malformed {
  const ids = idsIn(fields);
  if (ids === null) return { malformed: 'uuid must be an id' };
  const question = isPlaced
    ? questionOf(fields, 'outbound', 'answered')
    : questionOf(fields, 'inbound', 'ringing');
  return { ...NOTHING, ids, question };
}

/**
 * What becomes of a stream's leg, which has an id of its own. Once it could not be reached, or the connection was lost,
 * the caller waits for what follows. Its `completed` is the end of a leg that Vonage itself has ended.
 */
function ofStream(fields: Fields): Told {
  const status = fields.word('status') ?? '';
  const isLost = status === 'disconnected' || failureOf(status) !== null;
  if (!isLost) return NOTHING;
  const events = [streamEvent(fields, status)];
  return { ...NOTHING, events, question: questionOf(fields, 'outbound', null) };
}

/** What becomes of the person's call of a transfer. */
function ofPerson(fields: Fields, transfer: number): Told {
  const report = reportOf(fields, transfer);
  if (report === null) return NOTHING;
  const question = report.step === 'over' ? questionOf(fields, 'outbound', null) : null;
  return { ...NOTHING, leg: report, question };
}

/**
 * Null for what says nothing that matters. `completed` follows a call that was not answered as well, and may come
 * first: it counts only where there was something to complete.
 */
function reportOf(fields: Fields, transfer: number): LegReport | null {
  const status = fields.word('status') ?? '';
  const durationSeconds = fields.number('duration');
  const report = (step: LegReport['step']): LegReport => ({
    transfer,
    leg: fields.id('uuid'),
    step,
    failure: failureOf(status),
    source: 'status-callback',
    occurredAt: fields.date('timestamp'),
    durationSeconds,
    sipCode: sipCodeOf(fields),
    payload: fields.toPayload(),
  });
  switch (status) {
    case 'started':
    case 'ringing':
      return report('ringing');
    case 'answered':
      return report('answered');
    case 'completed':
      return hasTalked(fields) ? report('over') : null;
    default:
      return failureOf(status) === null ? null : report('over');
  }
}

function hasTalked(fields: Fields): boolean {
  return (fields.number('duration') ?? 0) > 0 || fields.date('start_time') !== null;
}

function ofCall(fields: Fields): Told | Malformed {
  // A stream's leg is told of here too, where an action names no address of its own.
  if (isStream(fields.get('to')) || isStream(fields.get('from'))) return NOTHING;
  const ids = idsIn(fields);
  const status = fields.word('status');
  // Of a call that comes in this is told before the question, which says the same, and of calls to numbers of nobody.
  const isEarly = status === 'started' || status === 'ringing';
  if (isEarly && fields.word('direction') === 'inbound') return NOTHING;
  if (ids === null) {
    // An instruction that it could not read, say, of which Vonage names the conversation alone.
    return status === null ? NOTHING : { malformed: 'uuid must be an id' };
  }
  return { ...NOTHING, ids, events: [eventOf(fields, ids.call, status)] };
}

function idsIn(fields: Fields): { call: string; session?: string } | null {
  // Machine detection writes `call_uuid`.
  const call = fields.id('uuid') ?? fields.id('call_uuid');
  const session = fields.id('conversation_uuid');
  if (call === null) return null;
  return session === null ? { call } : { call, session };
}

function questionOf(
  fields: Fields,
  direction: AnswerRequest['direction'],
  status: AnswerRequest['status'],
): AnswerRequest {
  return {
    direction,
    from: partyOf(fields.get('from')) || partyOf(fields.get('from_user')),
    to: partyOf(fields.get('to')),
    status,
    providerStatus: fields.word('status'),
    answeredBy: null,
    payload: fields.toPayload(),
  };
}

function eventOf(fields: Fields, call: string, word: string | null): CallEventDraft {
  const status = word === null ? null : statusOf(word);
  if (word !== null && status !== null) {
    const isOver = word === 'completed';
    return callEvent({
      ...told(fields, 'status', `status:${call}:${word}`, causeIn(fields)),
      status,
      providerStatus: word,
      durationSeconds: isOver ? fields.number('duration') : null,
      sipCode: sipCodeOf(fields),
    });
  }
  if (word === 'human' || word === 'machine') return machineEvent(fields, call, word);
  // A stream's end is not the call's.
  if (word === 'disconnected') return streamEvent(fields, word);
  const about = word ?? fields.word('type') ?? 'unknown';
  const key = `other:${sha256(JSON.stringify(fields.toPayload()))}`;
  return told(fields, 'other', key, { about });
}

function machineEvent(fields: Fields, call: string, word: string): CallEventDraft {
  const detail = fields.word('sub_state') ?? '';
  const found = word === 'human' ? 'human' : 'machine_start';
  const answeredBy = Object.hasOwn(GREETINGS, detail) ? (GREETINGS[detail] ?? found) : found;
  const key = `machine:${call}:${answeredBy}`;
  return { ...told(fields, 'machine', key, { answered_by: answeredBy }), answeredBy };
}

function streamEvent(fields: Fields, word: string): CallEventDraft {
  const leg = fields.id('uuid');
  const detail = { carrier: word, ...causeIn(fields) };
  return told(fields, 'stream', `stream:${leg ?? ''}:${word}`, detail);
}

function told(
  fields: Fields,
  type: CallEventDraft['type'],
  dedupeKey: string,
  detail: Record<string, unknown>,
): CallEventDraft {
  return callEvent({
    type,
    source: 'status-callback',
    occurredAt: fields.date('timestamp'),
    detail,
    payload: fields.toPayload(),
    dedupeKey,
  });
}

/** Why, in Vonage's words: `declined`, `cannot_route`, or a sentence. */
function causeIn(fields: Fields): Record<string, unknown> {
  const entries = (['detail', 'reason'] as const).flatMap((name) => {
    const text = fields.get(name);
    return typeof text === 'string' && text !== '' ? [[name, withoutNumbers(text)]] : [];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function sipCodeOf(fields: Fields): number | null {
  const code = fields.number('sip_code');
  return code !== null && code >= 100 && code <= 699 ? code : null;
}
