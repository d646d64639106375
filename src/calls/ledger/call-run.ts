import type { Selectable } from 'kysely';
import type { CallEventsTable, RunsTable } from '../../database/schema.js';
import { keyBesideTold } from '../../shared/party.js';
import type {
  EndReason,
  EventOutcome,
  EventSource,
  EventType,
  RecordedEvent,
} from './call-event.js';
import type { CallStatus } from './call-status.js';

export type Direction = 'inbound' | 'outbound';
export type MachineDetection = 'enable' | 'detect_message_end';

/** One call, as the ledger knows it. */
export interface CallRun {
  runId: number;
  workflowId: number;
  userId: number;
  direction: Direction;
  provider: string;
  accountId: string;
  /** Made at the simulated carrier: it never left this machine. Stays true whatever is configured later. */
  simulated: boolean;
  providerCallId: string | null;
  from: string;
  to: string;
  status: CallStatus;
  answeredAt: Date | null;
  endedAt: Date | null;
  durationSeconds: number | null;
  endReason: EndReason | null;
  answeredBy: string | null;
  sipCode: number | null;
  /** What the caller of our API attached; given to the agent. */
  context: Record<string, unknown>;
  /** What the agent noted down. */
  facts: Record<string, unknown>;
  agent: string;
  agentOptions: Record<string, unknown>;
  recording: boolean;
  /** The sentence a caller hears when the agent fails; null: just a hang-up. */
  /** Said to the other side before anything is recorded; null: nothing. */
  recordingNotice: string | null;
  /** Whether the caller may talk over the agent. */
  bargeIn: boolean;
  onFailure: string | null;
  publicOrigin: string;
  ringTimeoutSeconds: number;
  maxDurationSeconds: number;
  machineDetection: MachineDetection | null;
  /** When the carrier was last asked to dial; null: never, or it certainly did not, so nothing can be ringing. */
  dialledAt: Date | null;
  hangupReason: EndReason | null;
  hangupRequestedAt: Date | null;
  hangupAcceptedAt: Date | null;
  checkAt: Date | null;
  /** When numbers, context and raw fields were erased. */
  erasedAt: Date | null;
  duplicatesDropped: number;
  createdAt: Date;
  updatedAt: Date;
  position: number;
}

/** What is told of a run to its user: neither the agent's options nor what the ledger keeps for itself. */
export type ShownRun = Pick<
  CallRun,
  | 'runId'
  | 'workflowId'
  | 'userId'
  | 'direction'
  | 'provider'
  | 'simulated'
  | 'providerCallId'
  | 'from'
  | 'to'
  | 'status'
  | 'answeredAt'
  | 'endedAt'
  | 'durationSeconds'
  | 'endReason'
  | 'answeredBy'
  | 'sipCode'
  | 'context'
  | 'facts'
  | 'createdAt'
  | 'position'
>;

export type NewRun = Pick<
  CallRun,
  | 'workflowId'
  | 'userId'
  | 'direction'
  | 'provider'
  | 'accountId'
  | 'simulated'
  | 'providerCallId'
  | 'from'
  | 'to'
  | 'context'
  | 'agent'
  | 'agentOptions'
  | 'recording'
  | 'recordingNotice'
  | 'bargeIn'
  | 'onFailure'
  | 'publicOrigin'
  | 'ringTimeoutSeconds'
  | 'maxDurationSeconds'
  | 'machineDetection'
>;

const date = (value: number | null): Date | null => (value === null ? null : new Date(value));
export const millis = (value: Date | null): number | null => value?.getTime() ?? null;
const object = (text: string): Record<string, unknown> =>
  JSON.parse(text) as Record<string, unknown>;

/** The columns of a {@link ShownRun}: what a list reads, however much the options of its calls hold. */
export const SHOWN_COLUMNS = [
  'run_id',
  'workflow_id',
  'user_id',
  'direction',
  'provider',
  'simulated',
  'provider_call_id',
  'from_number',
  'to_number',
  'status',
  'answered_at',
  'ended_at',
  'duration_seconds',
  'end_reason',
  'answered_by',
  'sip_code',
  'context',
  'facts',
  'created_at',
  'position',
] as const satisfies ReadonlyArray<keyof RunsTable>;

export function shownFromRow(
  row: Pick<Selectable<RunsTable>, (typeof SHOWN_COLUMNS)[number]>,
): ShownRun {
  return {
    runId: row.run_id,
    workflowId: row.workflow_id,
    userId: row.user_id,
    direction: row.direction,
    provider: row.provider,
    simulated: row.simulated === 1,
    providerCallId: row.provider_call_id,
    from: row.from_number,
    to: row.to_number,
    status: row.status as CallStatus,
    answeredAt: date(row.answered_at),
    endedAt: date(row.ended_at),
    durationSeconds: row.duration_seconds,
    endReason: row.end_reason as EndReason | null,
    answeredBy: row.answered_by,
    sipCode: row.sip_code,
    context: object(row.context),
    facts: object(row.facts),
    createdAt: new Date(row.created_at),
    position: row.position,
  };
}

export function runFromRow(row: Selectable<RunsTable>): CallRun {
  return {
    ...shownFromRow(row),
    accountId: row.account_id,
    agent: row.agent,
    agentOptions: object(row.agent_options),
    recording: row.recording === 1,
    recordingNotice: row.recording_notice,
    bargeIn: row.barge_in === 1,
    onFailure: row.on_failure,
    publicOrigin: row.public_origin,
    ringTimeoutSeconds: row.ring_timeout_seconds,
    maxDurationSeconds: row.max_duration_seconds,
    machineDetection: row.machine_detection as MachineDetection | null,
    dialledAt: date(row.dialled_at),
    hangupReason: row.hangup_reason as EndReason | null,
    hangupRequestedAt: date(row.hangup_requested_at),
    hangupAcceptedAt: date(row.hangup_accepted_at),
    checkAt: date(row.check_at),
    erasedAt: date(row.erased_at),
    duplicatesDropped: row.duplicates_dropped,
    updatedAt: new Date(row.updated_at),
  };
}

/** The columns that change over a run's life. */
export function changingColumns(run: CallRun) {
  return {
    account_id: run.accountId,
    provider_call_id: run.providerCallId,
    status: run.status,
    answered_at: millis(run.answeredAt),
    ended_at: millis(run.endedAt),
    duration_seconds: run.durationSeconds,
    end_reason: run.endReason,
    answered_by: run.answeredBy,
    sip_code: run.sipCode,
    facts: JSON.stringify(run.facts),
    dialled_at: millis(run.dialledAt),
    hangup_reason: run.hangupReason,
    hangup_requested_at: millis(run.hangupRequestedAt),
    hangup_accepted_at: millis(run.hangupAcceptedAt),
    check_at: millis(run.checkAt),
    erased_at: millis(run.erasedAt),
    duplicates_dropped: run.duplicatesDropped,
    updated_at: run.updatedAt.getTime(),
    position: run.position,
  };
}

/** The columns that change only when a call is erased. */
export function personalColumns(run: NewRun) {
  return {
    from_number: run.from,
    to_number: run.to,
    from_party: keyBesideTold(run.from),
    to_party: keyBesideTold(run.to),
    context: JSON.stringify(run.context),
  };
}

/** The columns that are the same from a run's first day to its last. */
export function lastingColumns(run: NewRun) {
  return {
    workflow_id: run.workflowId,
    user_id: run.userId,
    direction: run.direction,
    provider: run.provider,
    simulated: run.simulated ? 1 : 0,
    agent: run.agent,
    agent_options: JSON.stringify(run.agentOptions),
    recording: run.recording ? 1 : 0,
    recording_notice: run.recordingNotice,
    barge_in: run.bargeIn ? 1 : 0,
    on_failure: run.onFailure,
    public_origin: run.publicOrigin,
    ring_timeout_seconds: run.ringTimeoutSeconds,
    max_duration_seconds: run.maxDurationSeconds,
    machine_detection: run.machineDetection,
  };
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
    occurredAt: date(row.occurred_at),
    receivedAt: new Date(row.received_at),
    durationSeconds: row.duration_seconds,
    sipCode: row.sip_code,
    answeredBy: row.answered_by,
    endReason: row.end_reason as EndReason | null,
    detail: object(row.detail),
    payload: row.payload === null ? null : object(row.payload),
    dedupeKey: row.dedupe_key,
  };
}

export function eventToRow(event: Omit<RecordedEvent, 'eventId'>) {
  return {
    run_id: event.runId,
    type: event.type,
    source: event.source,
    outcome: event.outcome,
    status: event.status,
    provider_status: event.providerStatus,
    sequence: event.sequence,
    occurred_at: millis(event.occurredAt),
    received_at: event.receivedAt.getTime(),
    duration_seconds: event.durationSeconds,
    sip_code: event.sipCode,
    answered_by: event.answeredBy,
    end_reason: event.endReason,
    detail: JSON.stringify(event.detail),
    payload: event.payload === null ? null : JSON.stringify(event.payload),
    // The unique index guards facts; a repetition is kept without the key.
    dedupe_key: event.outcome === 'duplicate' ? null : event.dedupeKey,
  };
}
