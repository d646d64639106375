import { createHash } from 'node:crypto';
import { callEvent, type CallEventDraft, type EndReason } from '../../calls/ledger/call-event.js';
import type { CallStatus } from '../../calls/ledger/call-status.js';
import { isMalformed, type FormFields, type Malformed } from '../ingress.js';
import { Fields, statusFrom, withoutNumbers } from './fields.js';

/** What a status callback says: which call, and the event, ready for the ledger. */
export interface CallbackReport {
  /** Null where an event of type `other` names no call: only the URL says which run it belongs to. */
  callId: string | null;
  accountId: string;
  event: CallEventDraft;
}

/** `completed` says that the call ended, not why: that is for the ledger to work out. */
const END_REASONS: Partial<Record<CallStatus, EndReason>> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  failed: 'failed',
  canceled: 'canceled',
};
const YEAR_2000 = Date.UTC(2000, 0, 1);
const YEAR_2100 = Date.UTC(2100, 0, 1);

/** Kinds that may bring the status of the call along, and are about something else all the same. */
const NOT_OF_THE_CALL = ['TranscriptionSid', 'ConferenceSid'];
/** What every webhook may name beside the thing that it is about. */
const OF_EVERY_CALL = new Set([
  'CallSid',
  'AccountSid',
  'ParentCallSid',
  'ApplicationSid',
  'CallStatus',
]);

/**
 * Reads what Twilio sends to a status callback URL. Callbacks of a media stream,
 * of asynchronous machine detection, of the call itself, and of what else was
 * asked for with the same URL (recordings, transcriptions, conferences) arrive
 * there and are told apart by their fields.
 */
export function parseCallback(form: FormFields): CallbackReport | Malformed {
  const fields = new Fields(form);
  const other = otherKind(fields);
  const ids = fields.ids();
  if (isMalformed(ids)) {
    // The end of a conference is told of no call in particular.
    const accountId = other !== null && !fields.has('CallSid') ? fields.accountId() : null;
    if (other === null || accountId === null) return ids;
    return { callId: null, accountId, event: otherEvent(fields, other) };
  }
  const event = eventOf(fields, ids.callId, other);
  return isMalformed(event) ? event : { ...ids, event };
}

function eventOf(fields: Fields, callId: string, other: string | null): CallEventDraft | Malformed {
  if (fields.has('StreamEvent')) return streamEvent(fields);
  if (other !== null) return otherEvent(fields, other);
  if (fields.has('CallStatus')) return statusEvent(fields, callId);
  if (fields.has('AnsweredBy')) return machineEvent(fields, callId);
  return { malformed: 'CallStatus is missing' };
}

/**
 * What a callback is about that is none of those we know, such as `Recording`:
 * it names a thing by its Sid, or an event or status of it. Null for all others.
 */
function otherKind(fields: Fields): string | null {
  const aside = NOT_OF_THE_CALL.some((name) => fields.has(name));
  if (!aside && ['CallStatus', 'AnsweredBy', 'StreamEvent'].some((name) => fields.has(name))) {
    return null;
  }
  const names = fields.names().filter((name) => !OF_EVERY_CALL.has(name));
  for (const suffix of ['Sid', 'Event', 'Status']) {
    const name = names.find((one) => one.endsWith(suffix) && /^[A-Z][A-Za-z]{2,40}$/.test(one));
    if (name !== undefined) return name.slice(0, -suffix.length);
  }
  return null;
}

function otherEvent(fields: Fields, kind: string): CallEventDraft {
  const told = ['Status', 'Event'].map((suffix) => fields.get(kind + suffix));
  const step = [...told, fields.get('StatusCallbackEvent')].find((word) => word !== null);
  const payload = fields.toPayload();
  // The same callback again has the same fields; nothing else of it is known.
  const digest = createHash('sha256').update(JSON.stringify(payload)).digest('hex');
  return callEvent({
    type: 'other',
    source: 'status-callback',
    occurredAt: timestamp(fields.get('Timestamp')),
    detail: { about: kind.toLowerCase(), ...(step ? { step: withoutNumbers(step, 64) } : {}) },
    payload,
    dedupeKey: `other:${digest}`,
  });
}

function statusEvent(fields: Fields, callId: string): CallEventDraft | Malformed {
  const providerStatus = fields.get('CallStatus') ?? '';
  const status = statusFrom(providerStatus);
  if (status === null) return { malformed: "CallStatus is none of Twilio's" };
  const sequence = wholeNumber(fields.get('SequenceNumber'), 0, 1_000_000);
  const sipCode = wholeNumber(fields.get('SipResponseCode'), 0, 999);
  return callEvent({
    type: 'status',
    source: 'status-callback',
    status,
    providerStatus,
    sequence,
    occurredAt: timestamp(fields.get('Timestamp')),
    durationSeconds: wholeNumber(fields.get('CallDuration'), 0, 10_000_000),
    sipCode: sipCode === 0 ? null : sipCode,
    answeredBy: short(fields.get('AnsweredBy')),
    endReason: END_REASONS[status] ?? null,
    detail: errorDetail(fields),
    payload: fields.toPayload(),
    dedupeKey: `status:${callId}:${providerStatus}:${sequence ?? '-'}`,
  });
}

function machineEvent(fields: Fields, callId: string): CallEventDraft {
  const answeredBy = short(fields.get('AnsweredBy'));
  const took = wholeNumber(fields.get('MachineDetectionDuration'), 0, 10_000_000);
  return callEvent({
    type: 'machine',
    source: 'status-callback',
    occurredAt: timestamp(fields.get('Timestamp')),
    answeredBy,
    detail: {
      answered_by: answeredBy,
      ...(took === null ? {} : { detection_ms: took }),
    },
    payload: fields.toPayload(),
    dedupeKey: `machine:${callId}:${answeredBy}`,
  });
}

function streamEvent(fields: Fields): CallEventDraft {
  const name = short(fields.get('StreamEvent'));
  const streamSid = short(fields.get('StreamSid'));
  const error = fields.get('StreamError');
  return callEvent({
    type: 'stream',
    source: 'status-callback',
    occurredAt: timestamp(fields.get('Timestamp')),
    detail: {
      carrier: name,
      stream_id: streamSid,
      ...(error ? { error: withoutNumbers(error) } : {}),
    },
    payload: fields.toPayload(),
    dedupeKey: `stream:${streamSid}:${name}`,
  });
}

function errorDetail(fields: Fields): Record<string, unknown> {
  const code = fields.get('ErrorCode');
  const message = fields.get('ErrorMessage');
  return {
    ...(code ? { error_code: short(code) } : {}),
    ...(message ? { error: withoutNumbers(message) } : {}),
  };
}

/** Null where it is no whole number within bounds: that is no reason to lose the event. */
function wholeNumber(text: string | null, low: number, high: number): number | null {
  if (text === null || !/^\d{1,9}$/.test(text)) return null;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}

/**
 * RFC 2822 in call callbacks, ISO 8601 with up to nanoseconds in stream
 * callbacks. One that cannot be read is no reason to lose the event.
 */
function timestamp(text: string | null): Date | null {
  if (text === null || text.length > 64) return null;
  const millis = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
  return millis >= YEAR_2000 && millis < YEAR_2100 ? new Date(millis) : null;
}

/** Twilio sends what it does not know as an empty field as well as not at all. */
function short(text: string | null): string | null {
  return text?.slice(0, 64) || null;
}
