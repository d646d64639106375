import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import { isMalformed, type FormFields, type Malformed } from '../ingress.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { sha256 } from '../../shared/sha256.js';
import { withoutNumbers } from '../without-numbers.js';
import { Fields, statusFrom, timestamp, wholeNumber } from './fields.js';
import { legCallback, transferIn } from './legs.js';

/** The content of a status callback: which call, and the event, ready for the ledger. */
export interface CallbackReport {
  /**
   * Null when an event of type `other` names no call: only the URL says which run it belongs to.
   */
  callId: string | null;
  accountId: string;
  /** Null where nothing is kept of it, or it is about the person's side of a transfer. */
  event: CallEventDraft | null;
  leg?: LegReport;
}

/** Kinds that may include the status of the call although they are about something else. */
const NOT_OF_THE_CALL = ['TranscriptionSid', 'ConferenceSid'];
/** The fields that every webhook may have in addition to those of its subject. */
const OF_EVERY_CALL = new Set([
  'CallSid',
  'AccountSid',
  'ParentCallSid',
  'ApplicationSid',
  'CallStatus',
]);

/**
 * Reads what Twilio sends to a status callback URL. Callbacks about a media stream, about
 * asynchronous machine detection, about the call itself, and about other things that were requested
 * with the same URL (recordings, transcriptions, conferences) arrive there and are distinguished by
 * their fields.
 * @param query of the URL, which says which transfer a callback is about
 */
export function parseCallback(
  form: FormFields,
  dialect: TwimlDialect = TWILIO,
  query: FormFields = [],
): CallbackReport | Malformed {
  const fields = new Fields(form, dialect);
  const other = otherKind(fields);
  const ids = fields.ids();
  if (isMalformed(ids)) {
    // The end of a conference is reported without a call.
    const accountId = other !== null && !fields.has('CallSid') ? fields.accountId() : null;
    if (other === null || accountId === null) return ids;
    return { callId: null, accountId, event: otherEvent(fields, other) };
  }
  const parentId = fields.parentId();
  if (parentId !== null && other === null && fields.has('CallStatus')) {
    const leg = legCallback(fields, transferIn(query));
    return { ...ids, callId: parentId, event: null, ...(leg === null ? {} : { leg }) };
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
 * The subject of a callback of none of the kinds we know, such as `Recording`: the callback has its
 * Sid, or an event or status of it. Null for all others.
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
  // A repeated callback has the same fields; nothing else identifies it.
  const digest = sha256(JSON.stringify(payload));
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
  // The second is SignalWire's word.
  const sipText = fields.get('SipResponseCode') ?? fields.get('SipResultCode');
  const sipCode = wholeNumber(sipText, 0, 999);
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

/** Twilio sends an unknown value as an empty field, or does not send it at all. */
function short(text: string | null): string | null {
  return text?.slice(0, 64) || null;
}
