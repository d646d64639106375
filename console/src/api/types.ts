// The public API as this program reads it; see docs/api.md, "Endpoints".

export const LIVE_STATUSES = [
  'queued',
  'submission-unknown',
  'initiated',
  'ringing',
  'answered',
] as const;
export const ENDED_STATUSES = ['completed', 'busy', 'no-answer', 'failed', 'canceled'] as const;
export type CallStatus = (typeof LIVE_STATUSES)[number] | (typeof ENDED_STATUSES)[number];

export interface Call {
  workflow_run_id: number;
  workflow_id: number;
  user_id: number;
  direction: 'inbound' | 'outbound';
  provider: string;
  /** The key of the account that dialled it, or whose number was called. */
  account: string;
  /** The call was made at the simulated carrier and never left the service's machine. */
  simulated: boolean;
  from: string;
  to: string;
  provider_call_id: string | null;
  status: CallStatus;
  streaming: boolean;
  /** The name of the instance that has the stream; null: there is none. */
  instance: string | null;
  created_at: string;
  answered_at: string | null;
  ended_at: string | null;
  duration_seconds: number | null;
  end_reason: string | null;
  answered_by: string | null;
  sip_code: number | null;
  /** Null: an earlier release made it. */
  workflow_version: number | null;
  /** Whether there is a transcript, as far as it goes. */
  transcribed: boolean;
  context: Record<string, unknown>;
  facts: Record<string, unknown>;
}

/** A line of a call's transcript. */
export interface TranscriptLine {
  /** From the beginning of the recording. */
  at_ms: number;
  speaker: 'caller' | 'agent';
  text: string;
  final: boolean;
}

export interface CallEvent {
  event_id: number;
  type: string;
  status: CallStatus | null;
  provider_status: string | null;
  sequence: number | null;
  source: string;
  outcome: string;
  detail: Record<string, unknown>;
  occurred_at: string | null;
  received_at: string;
}

export interface CallDetail extends Call {
  events: CallEvent[];
}

/** The quality of a live stream's line at this moment. */
export interface LiveStream {
  stream_id: string;
  silent_ms: number;
  quality?: Record<string, unknown> | null;
}

export interface LiveCall extends Call {
  stream?: LiveStream | null;
}

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** `next_cursor` is for lists that come in pages; absent or null: there are no more. */
export interface List<T> {
  data: T[];
  next_cursor?: string | null;
}

/** One way for a workflow's calls to be dialled. */
export interface Route {
  account: string;
  from?: string;
  prefixes?: string[];
}

export interface Workflow {
  workflow_id: number;
  version: number;
  name: string;
  agent: string;
  agent_options: Record<string, unknown>;
  recording: boolean;
  recording_notice: string | null;
  barge_in: boolean;
  barge_in_sensitivity: 'low' | 'normal' | 'high';
  barge_in_echo: 'auto' | 'off';
  turn_silence_ms: number;
  transcription: boolean;
  on_failure: string | null;
  on_resume: string | null;
  on_wait: OnWait | null;
  routes: Route[];
  on_machine: OnMachine;
  transfer_targets: TransferTarget[];
}

/** What a workflow became at one time. */
export interface WorkflowVersion {
  version: number;
  /** The fields and options that differ from the version before. */
  changed: string[];
  /** Null: not known. */
  made_by: { user_id: number; key_id: number; key_name: string | null } | null;
  restored_from: number | null;
  created_at: string;
}

export interface VersionChange {
  field: string;
  kind: 'added' | 'removed' | 'changed';
  before: unknown;
  after: unknown;
  secret: boolean;
}

export interface VersionDetail extends WorkflowVersion {
  /** Null: there is nothing to compare with. */
  compared_with: number | null;
  changes: VersionChange[];
}

/** A sound of the user's own. */
export interface Sound {
  name: string;
  duration_ms: number;
  bytes: number;
  updated_at: string;
}

/** A person to whom calls of a workflow may be transferred. */
export interface TransferTarget {
  name: string;
  to: string;
}

/** What may be told by a sentence or by a sound. */
export type Message = string | { sound: string };

/** What a caller hears while the agent takes long. */
export type OnWait = Message;

/** What is done where a machine answers. */
export type OnMachine = 'ignore' | 'hang_up' | { leave_message: Message };

/** The part of JSON Schema that agents' options and carriers' accounts use. */
export interface JsonSchema {
  type?: string | string[];
  /** A label for people. */
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  /** Of a choice whose values have titles: a `const` each. */
  oneOf?: JsonSchema[];
  const?: unknown;
  /** `sound`: the name of a sound. */
  format?: string;
  examples?: unknown[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  maxProperties?: number;
  writeOnly?: boolean;
}

export interface Agent {
  name: string;
  description: string;
  options_schema: JsonSchema;
  /** Nothing is missing without which it can answer no call. */
  ready: boolean;
  needs: AgentNeed[];
}

/** What is, or may be, set up outside of workflows for an agent. */
export interface AgentNeed {
  /** An environment variable. */
  setting: string;
  /** Whether no call can be answered without it. */
  required: boolean;
  met: boolean;
  purpose: string;
  /** What to do, in order; names between backticks are code. */
  steps: string[];
}

/** A carrier that is plugged in. */
export interface Carrier {
  provider: string;
  name: string;
  /** Null: only the environment makes accounts. */
  settings_schema: JsonSchema | null;
  secrets_schema: JsonSchema | null;
  calls_per_second: number | null;
  tried: 'live' | 'real peer' | 'not tried live';
}

/** An account at a carrier. */
export interface CarrierAccount {
  key: string;
  provider: string;
  name: string;
  source: 'environment' | 'store';
  settings: Record<string, unknown>;
  secrets_set: string[];
  calls_per_second: number;
  max_concurrent_calls: number | null;
  enabled: boolean;
  state: 'ready' | 'disabled' | 'unusable';
  problem: { reason: string; fix: string } | null;
  simulated: boolean;
}

export interface AccountFinding {
  name: string;
  result: 'works' | 'limited' | 'fails' | 'unknown';
  seen: string;
  fix: string | null;
}

export interface AccountTest {
  works: boolean;
  findings: AccountFinding[];
}

export interface AccountNumber {
  number: string;
  /** Null: the carrier does not tell. */
  owned: boolean | null;
  may_call: boolean;
  workflow_id: number | null;
}

export interface PhoneNumber {
  number: string;
  account: string;
  provider: string;
  workflow_id: number;
}

export interface ClaimedNumber extends PhoneNumber {
  carrier: {
    configured: boolean;
    reason?: string;
    voice_url?: string;
    status_callback?: string;
  };
}

/** A process that shares the store. */
export interface Instance {
  instance_id: string;
  name: string;
  version: string;
  state: 'starting' | 'ready' | 'draining' | 'moving';
  live_calls: number;
  /** 0: an older release, which does not tell. */
  capacity: number;
  started_at: string;
  /** How far its clock is ahead of the store's. */
  clock_offset_ms: number;
  lease_age_ms: number;
  /** Whether it is the one that answered. */
  this_one: boolean;
}

export interface Refusal {
  refusal_id: number;
  surface: string;
  reason: string;
  http_status: number;
  refused_at: string;
}

export interface Session {
  user_id: number;
  administrator: boolean;
  /** Whether calls are made at the simulated carrier. */
  simulated: boolean;
}

export interface Check {
  name: string;
  title: string;
  group: string;
  status: 'running' | 'up' | 'warn' | 'down' | 'skipped';
  seen?: string | null;
  fix?: string | null;
  detail?: Record<string, unknown>;
  duration_ms?: number | null;
}

/** The result for a number whose URLs at the carrier were not ours. */
export interface Repair {
  number_ends_with: string;
  was: string;
  repaired: boolean;
  reason: string | null;
}
