import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import { sha256 } from '../../shared/sha256.js';
import {
  isMalformed,
  type AnswerRequest,
  type FormFields,
  type Malformed,
  type Told,
} from '../ingress.js';
import type { PlivoDialect } from './dialect.js';
import { endOf, isEnd, liveStatusOf } from './endings.js';
import { withoutNumbers } from '../without-numbers.js';
import { Fields, wholeNumber } from './fields.js';
import { dialCallback, dialResult, transferIn } from './legs.js';

/** What a request is about. */
type Subject = 'dial' | 'machine' | 'stream' | 'question' | 'status' | 'other';

/** The events that have the call's own status; at any other, `CallStatus` only says how it stands. */
const OF_THE_CALL: ReadonlySet<string | null> = new Set([null, 'Ring', 'StartApp', 'Hangup']);

/**
 * Reads a request of the carrier. The answer URL may be told of what happens, too: a carrier that has no other URL for
 * it, or does not say which one it takes, tells it there.
 *
 * @param purpose of the path
 * @param query of the URL, which says which transfer a request is about
 */
export function readRequest(
  form: FormFields,
  purpose: string,
  query: FormFields,
  dialect: PlivoDialect,
): Told | Malformed {
  const fields = new Fields(form);
  const ids = fields.ids();
  if (isMalformed(ids)) return ids;
  // The id of the account is that of a parent account in some requests, so it is not compared.
  const about = { ids, accountId: null, events: [], question: null };
  const call = ids.call ?? '';
  const subject = subjectOf(fields, purpose);
  switch (subject) {
    case 'question': {
      const leg = dialResult(fields, transferIn(query)) ?? undefined;
      return { ...about, question: questionOf(fields, dialect), leg };
    }
    case 'dial':
      return { ...about, leg: dialCallback(fields, transferIn(query)) ?? undefined };
    case 'machine':
      return { ...about, events: [machineEvent(fields, call)] };
    case 'stream':
      return { ...about, events: [streamEvent(fields, call)] };
    case 'status': {
      // The person's call of a transfer has a life of its own.
      const first = fields.id('ALegUUID');
      if (first !== null && first !== call) return { ...about, ids: { call: first } };
      return { ...about, events: [statusEvent(fields, call)] };
    }
    case 'other':
      return { ...about, events: [otherEvent(fields)] };
    default:
      return subject satisfies never;
  }
}

function subjectOf(fields: Fields, purpose: string): Subject {
  const event = fields.word('Event');
  const status = fields.word('CallStatus') ?? '';
  if (event === 'MachineDetection') return 'machine';
  if (event?.endsWith('Stream')) return 'stream';
  if (fields.get('DialAction') !== null) return 'dial';
  const isOutbound = fields.get('Direction') !== 'inbound';
  const isTold = event === 'Hangup' || (isOutbound && (event === 'Ring' || status === 'ringing'));
  if (purpose === 'answer' && !isTold) return 'question';
  const isStatus = event === 'Hangup' || liveStatusOf(status) !== null || isEnd(status);
  return OF_THE_CALL.has(event) && isStatus ? 'status' : 'other';
}

function questionOf(fields: Fields, { party }: PlivoDialect): AnswerRequest {
  const word = fields.word('CallStatus')?.slice(0, 40) ?? null;
  const status = word === null || !isEnd(word) ? liveStatusOf(word ?? '') : endingOf(fields);
  return {
    direction: fields.get('Direction') === 'inbound' ? 'inbound' : 'outbound',
    from: party(fields.get('From') ?? ''),
    to: party(fields.get('To') ?? ''),
    status,
    providerStatus: word,
    answeredBy: null,
    payload: fields.toPayload(),
  };
}

function endingOf(fields: Fields): ReturnType<typeof endOf> {
  return endOf({
    status: fields.word('CallStatus'),
    code: fields.word('HangupCauseCode'),
    cause: fields.word('HangupCause') ?? fields.word('HangupCauseName'),
    seconds: wholeNumber(fields.get('Duration'), 0, 10_000_000),
  });
}

function statusEvent(fields: Fields, call: string): CallEventDraft {
  const word = fields.word('CallStatus')?.slice(0, 40) ?? 'hangup';
  const isOver = fields.get('Event') === 'Hangup' || isEnd(word);
  const status = isOver ? endingOf(fields) : (liveStatusOf(word) ?? 'failed');
  return callEvent({
    type: 'status',
    source: 'status-callback',
    status,
    providerStatus: word,
    durationSeconds: isOver ? wholeNumber(fields.get('Duration'), 0, 10_000_000) : null,
    detail: isOver ? causeIn(fields) : {},
    payload: fields.toPayload(),
    dedupeKey: `status:${call}:${status}`,
  });
}

function causeIn(fields: Fields): Record<string, unknown> {
  const entries = (
    [
      ['hangup_cause', fields.word('HangupCauseName') ?? fields.word('HangupCause')],
      ['hangup_cause_code', fields.word('HangupCauseCode')],
      ['hangup_source', fields.word('HangupSource')],
    ] as const
  ).flatMap(([name, text]) => (text === null ? [] : [[name, withoutNumbers(text, 64)]]));
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function machineEvent(fields: Fields, call: string): CallEventDraft {
  const answeredBy = fields.get('Machine') === 'true' ? 'machine' : 'human';
  return callEvent({
    type: 'machine',
    source: 'status-callback',
    answeredBy,
    detail: { answered_by: answeredBy },
    payload: fields.toPayload(),
    dedupeKey: `machine:${call}:${answeredBy}`,
  });
}

/** A stream's end is not the call's. */
function streamEvent(fields: Fields, call: string): CallEventDraft {
  const name = fields.word('Event');
  const streamId = fields.id('StreamID') ?? fields.id('StreamId');
  return callEvent({
    type: 'stream',
    source: 'status-callback',
    detail: { carrier: name, stream_id: streamId },
    payload: fields.toPayload(),
    dedupeKey: `stream:${streamId ?? call}:${name}`,
  });
}

function otherEvent(fields: Fields): CallEventDraft {
  const payload = fields.toPayload();
  const event = fields.word('Event') ?? 'unknown';
  return callEvent({
    type: 'other',
    source: 'status-callback',
    detail: { about: withoutNumbers(event.toLowerCase(), 64) },
    payload,
    // A repeated callback has the same fields; nothing else identifies it.
    dedupeKey: `other:${sha256(JSON.stringify(payload))}`,
  });
}
