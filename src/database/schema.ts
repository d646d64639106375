import type { Generated } from 'kysely';

/**
 * The tables, with types that SQLite and PostgreSQL share: integers, text, and
 * JSON as text. Times are milliseconds since 1970, UTC; booleans are 0 and 1.
 */
export interface Tables {
  alert_book: AlertBookTable;
  users: UsersTable;
  api_keys: ApiKeysTable;
  workflows: WorkflowsTable;
  workflow_versions: WorkflowVersionsTable;
  sounds: SoundsTable;
  phone_numbers: PhoneNumbersTable;
  carrier_accounts: CarrierAccountsTable;
  runs: RunsTable;
  call_events: CallEventsTable;
  stream_tokens: StreamTokensTable;
  idempotency_keys: IdempotencyKeysTable;
  refusals: RefusalsTable;
  audit_log: AuditLogTable;
  webhook_endpoints: WebhookEndpointsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  console_sessions: ConsoleSessionsTable;
  sign_in_tickets: SignInTicketsTable;
  failed_sign_ins: FailedSignInsTable;
  cell: CellTable;
  instances: InstancesTable;
  jobs: JobsTable;
  stream_handovers: StreamHandoversTable;
  move_pace: MovePaceTable;
  commands: CommandsTable;
  dial_paces: DialPacesTable;
  dial_turns: DialTurnsTable;
  account_circuits: AccountCircuitsTable;
  recording_segments: RecordingSegmentsTable;
  transcript_lines: TranscriptLinesTable;
  transcript_words: TranscriptWordsTable;
  transcription_jobs: TranscriptionJobsTable;
}

/** What was said on calls, in words. */
export interface TranscriptLinesTable {
  run_id: number;
  /** Of the stream on which it was said; 0: the line comes of the recording. */
  generation: number;
  n: number;
  /** When the stream, or the recording, began, by the store's clock. */
  began_at: number;
  /** In milliseconds from there, the end if it is known. */
  at_ms: number;
  until_ms: number | null;
  /** `caller` or `agent`. */
  speaker: string;
  final: number;
  text: string;
}

/** The words by which a call's transcript is found; see `wordsOf`. */
export interface TranscriptWordsTable {
  run_id: number;
  user_id: number;
  word: string;
}

/** Calls that are over and whose transcripts are not complete. */
export interface TranscriptionJobsTable {
  run_id: number;
  /** Whether its agent has told a transcript, so that it is only to be closed. */
  of_agent: number;
  /** By the store's clock. */
  due_at: number;
  attempts: number;
  /** Parts of the recording that are transcribed, the requests so far, and the audio that was sent. */
  parts: number;
  requests: number;
  audio_ms: number;
  created_at: number;
  lease_until: number | null;
  lease_instance: string | null;
}

/** The pace of each account's dials, which all instances share. */
export interface DialPacesTable {
  account_key: string;
  /** The first moment at which another dial may be made, in microseconds by the store's clock. */
  free_at_us: number;
  /** The highest turn of the runs that were dialled. */
  turn: number;
}

/** The turn that a user's next run has in the queue of an account, unless that turn has passed. */
export interface DialTurnsTable {
  account_key: string;
  user_id: number;
  next_turn: number;
}

/** The accounts that have failed dials and accepted none since. Times are by the store's clock. */
export interface AccountCircuitsTable {
  account_key: string;
  /** When the last failures were, milliseconds since 1970, as a JSON list. */
  failed_at: string;
  /** What the last failure was; without numbers. */
  reason: string;
  /** Until when routes pass the account over; null: they do not. */
  open_until: number | null;
  /** Until when a single call is trying the account; null: none is. */
  probe_until: number | null;
}

/** The pieces of recordings. A row is made when its segment begins, before anything is stored. */
export interface RecordingSegmentsTable {
  run_id: number;
  /** Of the stream that is recorded. */
  generation: number;
  /** The number of the segment in its stream, from 0. */
  n: number;
  /** When its first sample was heard, by the store's clock. */
  started_at: number;
  /** Moments: a sample of each side is one. 0 until it is stored. */
  samples: number;
  /** Where it is, or will be; see `RecordingStore`. */
  location: string;
  /** `open`: on the disk of an instance; `stored`; `erasing`: to be erased, and not shown any more. */
  state: string;
  /** The instance that has it on its disk; null once it is stored. */
  instance_id: string | null;
}

/**
 * The live instances: each renews its lease while it is alive. A release that does not know
 * the columns after `lease_until` leaves them at their defaults.
 */
export interface InstancesTable {
  instance_id: string;
  name: string;
  /** By the store's clock. */
  lease_until: number;
  /** Whether it has the lock of a SQLite store, or is of release 0.2.0, which takes a lock on PostgreSQL too. */
  exclusive: Generated<number>;
  /** The release, and the last migration that it knows; null: not told. */
  version: Generated<string | null>;
  schema: Generated<string | null>;
  /** See `InstanceState`. */
  state: Generated<string>;
  /** Live streams, and how many it has room for. */
  streams: Generated<number>;
  capacity: Generated<number>;
  /** SHA-256 of what is in its `MEDIA_DIR`, and of its `API_KEY`; null: not told, or it has none. */
  media_hash: Generated<string | null>;
  key_hash: Generated<string | null>;
  started_at: Generated<number | null>;
  /** How far its clock is ahead of the store's, in milliseconds. */
  clock_offset: Generated<number>;
  /** PostgreSQL's process for the connection over which it hears nudges; null: not told, or it has none. */
  bus_session: Generated<number | null>;
}

/** What instances ask of each other about calls; see `Commands`. */
export interface CommandsTable {
  command_id: Generated<number>;
  /** Who carries it out. */
  instance_id: string;
  /** Who waits for the reply; null: nobody. */
  asked_by: string | null;
  run_id: number;
  generation: number;
  kind: string;
  /** JSON. */
  args: string;
  /** JSON; null: none yet. */
  reply: string | null;
  /** By the store's clock. */
  expires_at: number;
  done_at: number | null;
}

/** Work that one instance does for all. */
export interface JobsTable {
  job: string;
  instance_id: string;
  /** By the store's clock. */
  lease_until: number;
}

/** One row: what the doctor saw and whom it told. */
export interface AlertBookTable {
  book_id: number;
  /** Raised by every change. */
  revision: number;
  /** JSON. */
  content: string;
}

/** What a stream leaves to the one that goes on with its call. */
export interface StreamHandoversTable {
  run_id: number;
  generation: number;
  agent: string;
  /** Of the form of what is sealed. */
  version: number;
  /** Encrypted, in base64: the agent's state, and audio that was not heard. */
  sealed: string;
  /** `moved`, `lost`, or `checkpoint` while the stream lives. */
  reason: string;
  created_at: number;
}

/** One row: when the next call may be moved, all instances together. */
export interface MovePaceTable {
  pace_id: number;
  /** By the store's clock. */
  due_at: number;
}

/**
 * One row with what all instances on this store share. A transaction that makes
 * runs locks it, so that only one at a time counts calls.
 */
export interface CellTable {
  cell_id: number;
  /** The last migration that was applied, and the oldest one with which an instance may still start here. */
  schema: string;
  min_compatible: string;
  /** Identifies the `CREDENTIALS_KEY` of the instances on a PostgreSQL store; null: none has one. */
  key_hash: Generated<string | null>;
}

export interface UsersTable {
  user_id: Generated<number>;
  name: string;
  created_at: number;
}

export interface ApiKeysTable {
  key_id: Generated<number>;
  user_id: number;
  name: string;
  /** SHA-256 of the key, hex; the key itself is never stored. */
  key_hash: string;
  created_at: number;
  revoked_at: number | null;
  /** When a newer key from the settings replaced it, by the store's clock; null: it did not happen. */
  replaced_at: Generated<number | null>;
}

export interface WorkflowsTable {
  workflow_id: Generated<number>;
  user_id: number;
  name: string;
  agent: string;
  agent_options: string;
  recording: number;
  recording_notice: string | null;
  barge_in: number;
  /** As in the API; null: the default. */
  barge_in_sensitivity: string | null;
  barge_in_echo: string | null;
  turn_silence_ms: number | null;
  /** Null: 1. */
  transcription: number | null;
  on_failure: string | null;
  on_resume: string | null;
  /** JSON; null: nothing. */
  on_wait: string | null;
  /** JSON; null: none. */
  routes: Generated<string | null>;
  on_machine: string | null;
  transfer_targets: string | null;
  /** The number of its newest version; null: a release that keeps none has made it. */
  version: Generated<number | null>;
  /** What `updated_at` was when that version was kept; another value: an older release has changed it since. */
  versioned_at: Generated<number | null>;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

/** What workflows were from change to change. A row is never changed. */
export interface WorkflowVersionsTable {
  workflow_id: number;
  /** From 1 for each workflow. */
  version: number;
  /** JSON of all fields, secret options among them, as in the workflow itself. */
  fields: string;
  /** JSON: the names of the fields and options that differ from the version before. */
  changed: string;
  /** Who made it; null: a release that keeps no versions. */
  user_id: number | null;
  key_id: number | null;
  /** The version that was restored; null: none was. */
  restored_from: number | null;
  created_at: number;
}

/** The sounds that users have uploaded. */
export interface SoundsTable {
  user_id: number;
  name: string;
  /** Where its WAV is; see `RecordingStore`. Another one for other audio. */
  location: string;
  bytes: number;
  duration_ms: number;
  created_at: number;
  updated_at: number;
}

/** The accounts at carriers that the environment does not configure. */
export interface CarrierAccountsTable {
  account_key: string;
  provider: string;
  /** The carrier's own name of the account. */
  account_id: string;
  name: string;
  /** JSON, without secrets. */
  settings: string;
  /** JSON, encrypted, in base64. */
  sealed_secrets: string;
  /** Dials in a thousand seconds. */
  millicalls_per_second: number;
  /** Null: no limit of its own. */
  max_concurrent_calls: number | null;
  enabled: number;
  /** Another random text with each change. */
  revision: string;
  created_at: number;
  updated_at: number;
}

export interface PhoneNumbersTable {
  /** The key of the account that has the number. */
  account_key: string;
  provider: string;
  /** E.164, or a SIP address. */
  number: string;
  workflow_id: number;
  created_at: number;
}

/** One row for each call. `RUN_COLUMNS` says what its columns mean; here are those that are no field of a run. */
export interface RunsTable {
  run_id: Generated<number>;
  workflow_id: number;
  user_id: number;
  direction: string;
  provider: string;
  account_key: Generated<string>;
  account_id: string;
  simulated: Generated<number>;
  provider_call_id: string | null;
  other_ids: Generated<string>;
  from_number: string;
  to_number: string;
  /**
   * The key by which each party is searched (such as a number inside an address);
   * null: the text as given.
   */
  from_party: string | null;
  to_party: string | null;
  status: string;
  answered_at: number | null;
  ended_at: number | null;
  duration_seconds: number | null;
  end_reason: string | null;
  answered_by: string | null;
  sip_code: number | null;
  context: string;
  facts: string;
  agent: string;
  agent_options: string;
  recording: number;
  recording_notice: string | null;
  barge_in: number;
  /** As in the API; null: the default. */
  barge_in_sensitivity: string | null;
  barge_in_echo: string | null;
  turn_silence_ms: number | null;
  /** Null: 1. */
  transcription: number | null;
  on_failure: string | null;
  on_resume: string | null;
  /** JSON; null: nothing. */
  on_wait: string | null;
  on_machine: string | null;
  transfer_targets: string | null;
  /** Null: an earlier release made the run. */
  workflow_version: number | null;
  /** `asked`, `told` or `answered`; null: no transfer is under way. */
  transfer_state: string | null;
  transfer_told_at: number | null;
  public_origin: string;
  ring_timeout_seconds: number;
  max_duration_seconds: number;
  machine_detection: string | null;
  dialled_at: number | null;
  hangup_reason: string | null;
  hangup_requested_at: number | null;
  hangup_accepted_at: number | null;
  check_at: number | null;
  stream_generation: Generated<number>;
  stream_state: string | null;
  stream_instance: string | null;
  /**
   * Until when an instance attends to the run, and which one; the time is by the
   * store's clock, not by `Clock`.
   */
  check_lease: Generated<number | null>;
  check_instance: Generated<string | null>;
  dial_instance: string | null;
  /**
   * The run's turn in the queue of its account's dials; null: it is not in that queue, because it
   * is inbound or version 0.2.0 made it.
   */
  dial_turn: Generated<number | null>;
  /** Not dialled before this time, by the store's clock; null: at any time. */
  dial_after: Generated<number | null>;
  /** The routes that are left, as JSON; null: none. */
  routes: Generated<string | null>;
  erased_at: number | null;
  transcribed: Generated<number>;
  duplicates_dropped: number;
  created_at: number;
  updated_at: number;
  changed_xid: Generated<number>;
  position: number;
}

export interface CallEventsTable {
  event_id: Generated<number>;
  run_id: number;
  type: string;
  source: string;
  outcome: string;
  status: string | null;
  provider_status: string | null;
  sequence: number | null;
  occurred_at: number | null;
  received_at: number;
  duration_seconds: number | null;
  sip_code: number | null;
  answered_by: string | null;
  end_reason: string | null;
  detail: string;
  payload: string | null;
  /** Equal keys within a run mark one fact reported twice; duplicates carry null. */
  dedupe_key: string | null;
}

export interface StreamTokensTable {
  /** SHA-256 of the token, hex. */
  token_hash: string;
  run_id: number;
  provider_call_id: string;
  expires_at: number;
  redeemed_at: number | null;
}

export interface IdempotencyKeysTable {
  user_id: number;
  idempotency_key: string;
  body_hash: string;
  run_id: number;
  created_at: number;
}

export interface RefusalsTable {
  refusal_id: Generated<number>;
  surface: string;
  reason: string;
  http_status: number;
  run_id: number | null;
  detail: string;
  refused_at: number;
}

export interface AuditLogTable {
  audit_id: Generated<number>;
  user_id: number;
  key_id: number;
  /** Method and route, e.g. `DELETE /api/v1/workflows/:workflow_id`. */
  action: string;
  /** The ids in the path, as JSON. */
  subject: string;
  http_status: number;
  created_at: number;
}

export interface WebhookEndpointsTable {
  endpoint_id: Generated<number>;
  user_id: number;
  /** Null: of all workflows of the user. */
  workflow_id: number | null;
  url: string;
  /** `whsec_…`; needed to sign, so it cannot be a hash. */
  secret: string;
  /** JSON list of event types; empty: all. */
  types: string;
  enabled: number;
  /** Why we disabled it, in words; null: enabled, or disabled by its user. */
  disabled_reason: string | null;
  /** Counts the changes by its user. */
  version: Generated<number>;
  created_at: number;
}

export interface WebhookDeliveriesTable {
  delivery_id: Generated<number>;
  endpoint_id: number;
  run_id: number;
  /** The same for every attempt, so that a receiver can recognize a repetition. */
  message_id: string;
  type: string;
  body: string;
  /** `pending`, `delivered` or `dead`. */
  state: string;
  attempts: number;
  /** When the next attempt is due; null unless pending. */
  due_at: number | null;
  last_status: number | null;
  last_error: string | null;
  created_at: number;
  delivered_at: number | null;
  /**
   * Until when an instance attempts the delivery, and which one; the time is by the
   * store's clock.
   */
  lease_until: Generated<number | null>;
  lease_instance: Generated<string | null>;
}

export interface ConsoleSessionsTable {
  /** SHA-256 of the cookie's value, hex. */
  token_hash: string;
  /** The key that signed in; its sessions end when it is revoked. */
  key_id: number;
  created_at: number;
  expires_at: number;
}

/** Links that sign user 1 in once; see `SignInTickets`. */
export interface SignInTicketsTable {
  /** SHA-256 of the ticket, hex. */
  ticket_hash: string;
  /** By the store's clock. */
  expires_at: number;
}

/** Who sent wrong keys or tickets lately; see `FailedSignIns`. */
export interface FailedSignInsTable {
  /** SHA-256 of the address, hex; `everyone`: all addresses together. */
  source: string;
  /** How many in the window that ends at `ends_at`, by the store's clock. */
  failures: number;
  ends_at: number;
}
