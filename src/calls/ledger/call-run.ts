import type { BargeInEcho, SensitivityName } from '../../audio/ear/sensitivity.js';
import type { EndReason } from './call-event.js';
import type { StreamState } from '../streams/stream-states.js';
import type { TransferTarget } from '../transfers/transfer-target.js';
import type { CallIds, OtherIds } from './call-ids.js';
import type { CallStatus } from './call-status.js';
import type { OnMachine } from './on-machine.js';
import type { OnWait } from './on-wait.js';
import { flag, integer, json, object, optional, text, time } from './codecs.js';
import {
  adopted,
  changing,
  counted,
  lasting,
  offered,
  passed,
  passedPerhaps,
  personal,
  routed,
  routedPerhaps,
  SHOWN,
  stamped,
  type Given,
  type RunColumn,
} from './run-column.js';

export type Direction = 'inbound' | 'outbound';
export type MachineDetection = 'enable' | 'detect_message_end';
export type TransferState = 'asked' | 'told' | 'answered';

/** An account that may dial a call, and what the call is like there. */
export interface RunRoute {
  account: string;
  /** The number that the other side sees, E.164. */
  from: string;
  /** Whether the call is recorded if this account dials it. */
  recording: boolean;
}

/**
 * One call, as the ledger knows it: each field with its column, when that
 * column is written, and whether the field is shown to the user of the run. The
 * code that reads and writes rows and the types below are derived from this
 * table.
 */
export const RUN_COLUMNS = {
  runId: counted('run_id', integer),
  workflowId: lasting('workflow_id', integer, SHOWN),
  userId: lasting('user_id', integer, SHOWN),
  direction: lasting('direction', text<Direction>(), SHOWN),
  /** The carrier's name; several accounts may belong to one carrier. */
  provider: routed('provider', text(), SHOWN),
  /** Our key of the account, under which the carrier is always asked about this call. */
  accountKey: routed('account_key', text(), SHOWN),
  /** The carrier's own id of that account. */
  accountId: adopted('account_id', text()),
  /**
   * Whether the call was made at the simulated carrier and never left this machine.
   * Does not change with later configuration.
   */
  simulated: routed('simulated', flag, SHOWN),
  /** The carrier's id of the call; null until the carrier has reported it. */
  providerCallId: adopted('provider_call_id', optional(text()), SHOWN),
  /** The carrier's other ids of the call, as JSON; see `CallIds`. */
  otherIds: changing('other_ids', json<OtherIds>(), {}),
  /** The parties as they were given, cut; see `shared/party.ts`. */
  from: personal('from_number', text()),
  to: personal('to_number', text()),
  status: changing('status', text<CallStatus>(), 'queued', SHOWN),
  answeredAt: changing('answered_at', optional(time), null, SHOWN),
  endedAt: changing('ended_at', optional(time), null, SHOWN),
  durationSeconds: changing('duration_seconds', optional(integer), null, SHOWN),
  endReason: changing('end_reason', optional(text<EndReason>()), null, SHOWN),
  answeredBy: changing('answered_by', optional(text()), null, SHOWN),
  sipCode: changing('sip_code', optional(integer), null, SHOWN),
  /** What the client of our API attached; given to the agent. */
  context: personal('context', object),
  /** What the agent recorded. */
  facts: changing('facts', object, {}, SHOWN),
  /** Which version of its workflow the run was made of; null: an earlier release made the run. */
  workflowVersion: offered('workflow_version', optional(integer), SHOWN),
  /**
   * The workflow's agent, options and sentences at the time when the run was made, or when the
   * workflow was passed the call.
   */
  agent: passed('agent', text()),
  agentOptions: passed('agent_options', object),
  recording: routed('recording', flag),
  /** The sentence spoken to the other side before anything is recorded; null: none. */
  recordingNotice: offered('recording_notice', optional(text())),
  /** Whether the caller may talk over the agent. */
  bargeIn: passed('barge_in', flag),
  /** How easily; null: normally. */
  bargeInSensitivity: passedPerhaps('barge_in_sensitivity', optional(text<SensitivityName>())),
  /** Whether the agent's echo is reckoned with; null: it is. */
  bargeInEcho: passedPerhaps('barge_in_echo', optional(text<BargeInEcho>())),
  /** Silence that ends a turn of the caller's, in milliseconds; null: as usual. */
  turnSilenceMs: passedPerhaps('turn_silence_ms', optional(integer)),
  /** Whether its recording may be transcribed; null: it may. */
  transcription: offered('transcription', optional(flag)),
  /** The sentence a caller hears when the agent fails; null: the call is only hung up. */
  onFailure: passedPerhaps('on_failure', optional(text())),
  /** The sentence a caller hears before a stream that is resumed late; null: none. */
  onResume: passedPerhaps('on_resume', optional(text())),
  /** What a caller hears while the agent takes long; null: nothing. */
  onWait: passedPerhaps('on_wait', optional(json<OnWait>())),
  /** What is done where a machine answers; null: nothing, as in calls of earlier releases. */
  onMachine: offered('on_machine', optional(json<OnMachine>())),
  /** To whom the agent may transfer the call, by name; null: to nobody. */
  transferTargets: passedPerhaps('transfer_targets', optional(json<readonly TransferTarget[]>())),
  /** The public origin under which the carrier was given this run's URLs. */
  publicOrigin: lasting('public_origin', text()),
  ringTimeoutSeconds: lasting('ring_timeout_seconds', integer),
  maxDurationSeconds: lasting('max_duration_seconds', integer),
  machineDetection: offered('machine_detection', optional(text<MachineDetection>())),
  /**
   * When the carrier was last asked to dial; null: never, or it certainly did not
   * dial, so nothing can be ringing.
   */
  dialledAt: changing('dialled_at', optional(time), null),
  /** The instance that has the run in its queue, or dialled it; null: any instance may dial it. */
  dialInstance: changing('dial_instance', optional(text()), null),
  /** Where the call goes on if the account does not take it, best first; null: nowhere. */
  routes: routedPerhaps('routes', optional(json<RunRoute[]>())),
  /** Why we asked the carrier to end the call; the first reason stays. */
  hangupReason: changing('hangup_reason', optional(text<EndReason>()), null),
  hangupRequestedAt: changing('hangup_requested_at', optional(time), null),
  /** When the carrier accepted the hang-up, or said that the call was over. */
  hangupAcceptedAt: changing('hangup_accepted_at', optional(time), null),
  /** When the run next needs attention (see the reconciler); null: never. */
  checkAt: changing('check_at', optional(time), null),
  /** How many streams the call has had; this is also the generation of the newest. */
  streamGeneration: changing('stream_generation', integer, 0),
  /** The state of the newest stream: `live`, `moving`, `lost` or `over`; null: there was none. */
  streamState: changing('stream_state', optional(text<StreamState>()), null, SHOWN),
  /**
   * The process that has, or had, the newest stream; null: there was none, or the
   * process was not recorded.
   */
  streamInstance: changing('stream_instance', optional(text()), null, SHOWN),
  /**
   * How far a transfer is that is under way: `asked`, the carrier `told`, `answered` by the person.
   * Null: there is none. While there is one the call has no stream, and wants none.
   */
  transferState: changing('transfer_state', optional(text<TransferState>()), null),
  /** When the carrier was last told of it. */
  transferToldAt: changing('transfer_told_at', optional(time), null),
  /** When numbers, context and raw fields were erased; later events are stored without them. */
  erasedAt: changing('erased_at', optional(time), null),
  /** Whether there is a transcript of what was said, as far as it goes. */
  transcribed: changing('transcribed', flag, false, SHOWN),
  /** Repeated events beyond those that the timeline keeps. */
  duplicatesDropped: changing('duplicates_dropped', integer, 0),
  createdAt: stamped('lasting', 'created_at', time, SHOWN),
  updatedAt: stamped('changing', 'updated_at', time),
  /**
   * The place of the run's last change among the changes of all runs: by this
   * field (the transaction that wrote it), then by position; see `Engine`.
   */
  changedXid: changing('changed_xid', integer, 0, SHOWN),
  position: changing('position', integer, 0, SHOWN),
};

type Columns = typeof RUN_COLUMNS;

export type CallRun = {
  [Field in keyof Columns]: Columns[Field] extends RunColumn<infer Value, boolean, Given>
    ? Value
    : never;
};

type FieldsWith<Mark> = {
  [Field in keyof Columns]: Columns[Field] extends Mark ? Field : never;
}[keyof Columns];

/**
 * The part of a run that is shown to its user, without the agent's options and the
 * ledger's internal fields.
 */
export type ShownRun = Pick<CallRun, FieldsWith<{ shown: true }>>;

/** The fields that are given when a run is made. */
export type NewRun = Pick<CallRun, FieldsWith<{ given: true }>> &
  Partial<Pick<CallRun, FieldsWith<{ given: 'perhaps' }>>>;

/** The fields of a run that follow from the account that dials it. */
export type DialledBy = Pick<
  CallRun,
  'provider' | 'accountKey' | 'accountId' | 'simulated' | 'from' | 'recording' | 'routes'
>;

/** The fields of a run that follow from the workflow that has the call. */
export type PassedTo = Pick<
  CallRun,
  | 'agent'
  | 'agentOptions'
  | 'bargeIn'
  | 'bargeInSensitivity'
  | 'bargeInEcho'
  | 'turnSilenceMs'
  | 'onFailure'
  | 'onResume'
  | 'onWait'
  | 'transferTargets'
>;

export const BRIEF_FIELDS = [
  'runId',
  'workflowId',
  'userId',
  'accountKey',
  'accountId',
  'providerCallId',
  'otherIds',
  'status',
] as const satisfies ReadonlyArray<keyof CallRun>;

/** Whose a run is, which call it is at the carrier, and how far: what a stream's path is checked against. */
export type RunBrief = Pick<CallRun, (typeof BRIEF_FIELDS)[number]>;

/** All ids that the carrier has for a run's call. */
export function idsOf({
  otherIds,
  providerCallId,
}: Pick<CallRun, 'otherIds' | 'providerCallId'>): CallIds {
  return { ...otherIds, call: providerCallId };
}
