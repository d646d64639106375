import { sql, type Selectable } from 'kysely';
import type { CallEventsTable } from '../../database/schema.js';
import type {
  EndReason,
  EventOutcome,
  EventSource,
  EventType,
  RecordedEvent,
} from './call-event.js';
import type { CallStatus } from './call-status.js';
import { object, optional, time } from './codecs.js';

const optionalTime = optional(time);
const optionalObject = optional(object);

/**
 * What decides about a call: all columns, but of what was sent with an event only a transfer's order.
 * What a carrier sends may be kilobytes, and decides nothing.
 */
export const DECISIVE = [
  'event_id',
  'run_id',
  'type',
  'source',
  'outcome',
  'status',
  'provider_status',
  'sequence',
  'occurred_at',
  'received_at',
  'duration_seconds',
  'sip_code',
  'answered_by',
  'end_reason',
  'detail',
  'dedupe_key',
  sql<string | null>`case when type = 'transfer' then payload end`.as('payload'),
] as const;

/** The event as it is written, and read with {@link DECISIVE} columns. */
export function decisive(event: RecordedEvent): RecordedEvent {
  const payload = event.type === 'transfer' ? event.payload : null;
  const dedupeKey = keptKey(event);
  const isSo = payload === event.payload && dedupeKey === event.dedupeKey;
  return isSo ? event : { ...event, payload, dedupeKey };
}

/** The unique index keeps each fact unique; a repetition is stored without the key. */
function keptKey({ outcome, dedupeKey }: RecordedEvent): string | null {
  return outcome === 'duplicate' ? null : dedupeKey;
}

export function eventFromRow(row: Selectable<CallEventsTable>): RecordedEvent {
  return {
    eventId: row.event_id,
    runId: row.run_id,
    type: row.type as EventType,
    source: row.source as EventSource,
    outcome: row.outcome as EventOutcome,
    status: row.status as CallStatus | null,
    providerStatus: row.provider_status,
    sequence: row.sequence,
    occurredAt: optionalTime.fromRow(row.occurred_at),
    receivedAt: time.fromRow(row.received_at),
    durationSeconds: row.duration_seconds,
    sipCode: row.sip_code,
    answeredBy: row.answered_by,
    endReason: row.end_reason as EndReason | null,
    detail: object.fromRow(row.detail),
    payload: optionalObject.fromRow(row.payload),
    dedupeKey: row.dedupe_key,
  };
}

export function eventToRow(event: RecordedEvent) {
  return {
    run_id: event.runId,
    type: event.type,
    source: event.source,
    outcome: event.outcome,
    status: event.status,
    provider_status: event.providerStatus,
    sequence: event.sequence,
    occurred_at: optionalTime.toRow(event.occurredAt),
    received_at: time.toRow(event.receivedAt),
    duration_seconds: event.durationSeconds,
    sip_code: event.sipCode,
    answered_by: event.answeredBy,
    end_reason: event.endReason,
    detail: object.toRow(event.detail),
    payload: optionalObject.toRow(event.payload),
    dedupe_key: keptKey(event),
  };
}
