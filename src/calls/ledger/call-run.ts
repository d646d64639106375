import type { EndReason } from './call-event.js';
import type { StreamState } from '../streams/stream-history.js';
import type { CallIds, OtherIds } from './call-ids.js';
import type { CallStatus } from './call-status.js';
import { flag, integer, json, object, optional, text, time } from './codecs.js';
import {
  adopted,
  changing,
  counted,
  lasting,
  offered,
  personal,
  SHOWN,
  stamped,
  type Given,
  type RunColumn,
} from './run-column.js';

export type Direction = 'inbound' | 'outbound';
export type MachineDetection = 'enable' | 'detect_message_end';

/**
 * One call, as the ledger knows it: each field with the column that keeps it,
 * when that is written, and whether it is told to the user of the run. What
 * reads and writes rows is derived from this table, and so are the types below.
 */
export const RUN_COLUMNS = {
  runId: counted('run_id', integer),
  workflowId: lasting('workflow_id', integer, SHOWN),
  userId: lasting('user_id', integer, SHOWN),
  direction: lasting('direction', text<Direction>(), SHOWN),
  /** The carrier's name; several accounts may be of one carrier. */
  provider: lasting('provider', text(), SHOWN),
  /** The key of the account here, under which the carrier is asked about the call for ever. */
  accountKey: lasting('account_key', text(), SHOWN),
  /** What the carrier calls that account. */
  accountId: adopted('account_id', text()),
  /** Made at the simulated carrier: it never left this machine. Stays true whatever is configured later. */
  simulated: lasting('simulated', flag, SHOWN),
  providerCallId: adopted('provider_call_id', optional(text()), SHOWN),
  /** What else the carrier calls the call; see `CallIds`. */
  otherIds: changing('other_ids', json<OtherIds>(), {}),
  from: personal('from_number', text()),
  to: personal('to_number', text()),
  status: changing('status', text<CallStatus>(), 'queued', SHOWN),
  answeredAt: changing('answered_at', optional(time), null, SHOWN),
  endedAt: changing('ended_at', optional(time), null, SHOWN),
  durationSeconds: changing('duration_seconds', optional(integer), null, SHOWN),
  endReason: changing('end_reason', optional(text<EndReason>()), null, SHOWN),
  answeredBy: changing('answered_by', optional(text()), null, SHOWN),
  sipCode: changing('sip_code', optional(integer), null, SHOWN),
  /** What the caller of our API attached; given to the agent. */
  context: personal('context', object),
  /** What the agent noted down. */
  facts: changing('facts', object, {}, SHOWN),
  agent: lasting('agent', text()),
  agentOptions: lasting('agent_options', object),
  recording: lasting('recording', flag),
  /** Said to the other side before anything is recorded; null: nothing. */
  recordingNotice: offered('recording_notice', optional(text())),
  /** Whether the caller may talk over the agent. */
  bargeIn: lasting('barge_in', flag),
  /** The sentence a caller hears when the agent fails; null: just a hang-up. */
  onFailure: offered('on_failure', optional(text())),
  publicOrigin: lasting('public_origin', text()),
  ringTimeoutSeconds: lasting('ring_timeout_seconds', integer),
  maxDurationSeconds: lasting('max_duration_seconds', integer),
  machineDetection: offered('machine_detection', optional(text<MachineDetection>())),
  /** When the carrier was last asked to dial; null: never, or it certainly did not, so nothing can be ringing. */
  dialledAt: changing('dialled_at', optional(time), null),
  /** The instance that has it in its queue, or dialled it; null: any may dial it. */
  dialInstance: changing('dial_instance', optional(text()), null),
  hangupReason: changing('hangup_reason', optional(text<EndReason>()), null),
  hangupRequestedAt: changing('hangup_requested_at', optional(time), null),
  hangupAcceptedAt: changing('hangup_accepted_at', optional(time), null),
  checkAt: changing('check_at', optional(time), null),
  /** How many streams the call has had; the newest is of this generation. */
  streamGeneration: changing('stream_generation', integer, 0),
  /** Of the newest stream; null: there was none. */
  streamState: changing('stream_state', optional(text<StreamState>()), null),
  /** The process that has, or had, the newest stream; null: there was none, or that was not written down. */
  streamInstance: changing('stream_instance', optional(text()), null),
  /** When numbers, context and raw fields were erased. */
  erasedAt: changing('erased_at', optional(time), null),
  duplicatesDropped: changing('duplicates_dropped', integer, 0),
  createdAt: stamped('lasting', 'created_at', time, SHOWN),
  updatedAt: stamped('changing', 'updated_at', time),
  /** Place of the run's last change over all runs: by this, then by position. */
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

/** What is told of a run to its user: neither the agent's options nor what the ledger keeps for itself. */
export type ShownRun = Pick<CallRun, FieldsWith<{ shown: true }>>;

/** What whoever makes a run says of it. */
export type NewRun = Pick<CallRun, FieldsWith<{ given: true }>> &
  Partial<Pick<CallRun, FieldsWith<{ given: 'perhaps' }>>>;

/** All that the carrier calls a run's call. */
export function idsOf({
  otherIds,
  providerCallId,
}: Pick<CallRun, 'otherIds' | 'providerCallId'>): CallIds {
  return { ...otherIds, call: providerCallId };
}
