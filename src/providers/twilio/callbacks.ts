import { callEvent, type CallEventDraft, type EndReason } from '../../calls/call-event.js';
import type { CallStatus } from '../../calls/call-status.js';
import type { CallbackReport, FormFields, Malformed } from '../telephony-provider.js';
import { isMalformed } from '../telephony-provider.js';
import { Fields, statusFrom, withoutNumbers } from './fields.js';

/** `completed` says that the call ended, not why: that is for the ledger to work out. */
const END_REASONS: Partial<Record<CallStatus, EndReason>> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  failed: 'failed',
  canceled: 'canceled',
};
const YEAR_2000 = Date.UTC(2000, 0, 1);
const YEAR_2100 = Date.UTC(2100, 0, 1);

/**
 * Reads what Twilio sends to a status callback URL. Three kinds of callback
 * arrive there and are told apart by their fields: those of a media stream, of
 * asynchronous machine detection, and of the call itself.
 */
export function parseCallback(form: FormFields): CallbackReport | Malformed {
  const fields = new Fields(form);
  const ids = fields.ids();
  if (isMalformed(ids)) return ids;
  const event = eventOf(fields, ids.callId);
  return isMalformed(event) ? event : { ...ids, event };
}

function eventOf(fields: Fields, callId: string): CallEventDraft | Malformed {
  if (fields.get('StreamEvent') !== null) return streamEvent(fields);
  if (fields.get('CallStatus') !== null) return statusEvent(fields, callId);
  if (fields.get('AnsweredBy') !== null) return machineEvent(fields, callId);
  return { malformed: 'CallStatus is missing' };
}

function statusEvent(fields: Fields, callId: string): CallEventDraft | Malformed {
  const providerStatus = fields.get('CallStatus') ?? '';
  const status = statusFrom(providerStatus);
  if (status === null) return { malformed: "CallStatus is none of Twilio's" };
  const sequence = wholeNumber(fields.get('SequenceNumber'), 0, 1_000_000);
  if (sequence === undefined) return { malformed: 'SequenceNumber must be a whole number' };
  const duration = wholeNumber(fields.get('CallDuration'), 0, 10_000_000);
  if (duration === undefined) return { malformed: 'CallDuration must be whole seconds' };
  const sipCode = wholeNumber(fields.get('SipResponseCode'), 0, 999);
  if (sipCode === undefined) return { malformed: 'SipResponseCode must be a SIP status' };
  return callEvent({
    type: 'status',
    source: 'status-callback',
    status,
    providerStatus,
    sequence,
    occurredAt: timestamp(fields.get('Timestamp')),
    durationSeconds: duration,
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
      ...(typeof took === 'number' ? { detection_ms: took } : {}),
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

/** Null when absent or empty, undefined when it is not a whole number within bounds. */
function wholeNumber(text: string | null, low: number, high: number): number | null | undefined {
  if (text === null || text === '') return null;
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
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
