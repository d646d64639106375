import type { CallStatus } from './call-status.js';

/** Why a call ended, in our words; the carrier's own words stay in the event that told us. */
export const END_REASONS = [
  'caller_hangup',
  'api_hangup',
  'agent_hangup',
  'agent_failed',
  'busy',
  'no_answer',
  'failed',
  'canceled',
  'queue_timeout',
  'provider_rejected',
  'max_duration',
  'stream_lost',
  'transferred',
  'unknown',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Where an event comes from; `feed`: the connection that a carrier tells its events on. */
export const EVENT_SOURCES = [
  'status-callback',
  'feed',
  'reconcile',
  'answer',
  'media',
  'api',
] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

/**
 * The types of entries in the timeline. `dial`: a carrier was asked to dial. `digits`: keys that were
 * pressed by our side. `transcript`: it has begun, is complete or has failed. `interruption`: a caller talked, or seemed to talk, over the agent. `other`: a
 * carrier's report of something unknown to us, such as a recording of its own.
 */
export const TIMELINE_TYPES = [
  'status',
  'dial',
  'stream',
  'agent',
  'machine',
  'digits',
  'interruption',
  'transfer',
  'transcript',
  'other',
] as const;
export type EventType = (typeof TIMELINE_TYPES)[number];

/** What an event did when it arrived. */
export const EVENT_OUTCOMES = ['applied', 'duplicate', 'late'] as const;
export type EventOutcome = (typeof EVENT_OUTCOMES)[number];

/**
 * One fact about a call, as reported by a carrier, an agent or our own API,
 * before the ledger has recorded it.
 *
 * Carriers' adapters return these (they never call the ledger themselves).
 */
export interface CallEventDraft {
  type: EventType;
  source: EventSource;
  /** Set for `type: 'status'`, null for every other type. */
  status: CallStatus | null;
  /** The carrier's own word, e.g. Twilio's `in-progress`. */
  providerStatus: string | null;
  /** The carrier's firing order within the call, from 0; null where the carrier sends none. */
  sequence: number | null;
  /** When it happened by the carrier's clock; null when the carrier did not say. */
  occurredAt: Date | null;
  /** Seconds the call was connected, on terminal events that report it. */
  durationSeconds: number | null;
  /** Final SIP response code, e.g. 486, on terminal events that report it. */
  sipCode: number | null;
  /** Result of machine detection, e.g. `human`. */
  answeredBy: string | null;
  /** Why the call ended, where the event itself says so (our own API, the agent, a refused dial). */
  endReason: EndReason | null;
  /** Small, harmless facts for the timeline. Never phone numbers, tokens, digits or audio. */
  detail: Record<string, unknown>;
  /**
   * The carrier's fields as they were received. They may hold personal data, are
   * never shown, and are dropped after their retention time.
   */
  payload: Record<string, unknown> | null;
  /**
   * Two events of one call with the same key are one fact reported twice. Null:
   * never a duplicate.
   */
  dedupeKey: string | null;
}

type Given = Partial<CallEventDraft> & Pick<CallEventDraft, 'type' | 'source'>;

/** With all fields from the beginning, so that all events have them in the same places: they are copied often. */
const NOTHING: CallEventDraft = {
  type: 'other',
  source: 'media',
  status: null,
  providerStatus: null,
  sequence: null,
  occurredAt: null,
  durationSeconds: null,
  sipCode: null,
  answeredBy: null,
  endReason: null,
  detail: {},
  payload: null,
  dedupeKey: null,
};

/** A {@link CallEventDraft} in which every field that is not given is absent. */
export function callEvent(fields: Given): CallEventDraft {
  return { ...NOTHING, detail: {}, ...fields };
}

/** An event as the ledger keeps it: appended once, never changed. */
export interface RecordedEvent extends CallEventDraft {
  eventId: number;
  runId: number;
  outcome: EventOutcome;
  receivedAt: Date;
}

/** True for what a carrier itself reported; false for what we concluded without its report. */
export function isCarriersWord(event: CallEventDraft): boolean {
  return event.providerStatus !== null;
}
