import { SOUND_NAME_MAX, SOUND_NAME_PATTERN } from '../../shared/sound-name.js';
import { BARGE_IN_ECHOES, SENSITIVITIES } from '../../audio/ear/sensitivity.js';
import { TURN_SILENCE_MS, TURN_SILENCE_RANGE } from '../../audio/ear/turns.js';
import { EVENT_TYPES } from '../../calls/events-out/event-types.js';
import {
  END_REASONS,
  EVENT_OUTCOMES,
  EVENT_SOURCES,
  TIMELINE_TYPES,
} from '../../calls/ledger/call-event.js';
import { CALL_STATUSES } from '../../calls/ledger/call-status.js';
import { FAULTS_NAMED, PROBLEMS } from '../../shared/problem.js';
import { DIGITS_MAX } from '../../shared/digits.js';
import { NUMBER_STATES } from '../../providers/number-states.js';
import { ACCOUNT_SCHEMAS } from './account-schemas.js';
import { ALERT_SCHEMAS } from './alert-schemas.js';
import {
  claimable,
  e164,
  id,
  instant,
  list,
  nullable,
  object,
  ref,
  type Json,
} from './describe.js';

const text = (description: string): Json => ({ type: 'string', description });
const whole = (description: string): Json => ({ type: 'integer', description });
const flag = (description: string): Json => ({ type: 'boolean', description });
/** Without `additionalProperties` client generators make an object without members of it. */
const any = (description: string): Json => ({
  type: 'object',
  description,
  additionalProperties: true,
});

export const CALL_FIELDS = {
  workflow_run_id: id('The call’s id. It is also in the call’s URLs at the carrier.'),
  workflow_id: id('Which workflow it runs.'),
  user_id: id('Who owns it.'),
  direction: { enum: ['inbound', 'outbound'] },
  provider: text('The carrier.'),
  account: text('The key of the account of the carrier’s that has the call.'),
  simulated: flag(
    'Whether the call was made at the simulated carrier and so never left this machine. The value stays, whatever carrier is configured later.',
  ),
  from: text(
    'As the carrier reports it, at most 256 characters: E.164, an address (`sip:`, `client:`, `whatsapp:`), or a word for a withheld number. Empty once erased.',
  ),
  to: text('E.164, or an address, as the carrier reports it. Empty once erased.'),
  provider_call_id: nullable(text('The carrier’s id; Twilio: CallSid. Null until it is known.')),
  status: { enum: CALL_STATUSES },
  streaming: flag('Whether a media stream carries it at this moment.'),
  instance: nullable(text('The name of the instance that has the stream; null: there is none.')),
  created_at: instant('When it was saved.'),
  answered_at: nullable(instant('When somebody answered.')),
  ended_at: nullable(instant('When it ended; null while it is in progress.')),
  duration_seconds: nullable(whole('From the answer to the end, as the carrier counts it.')),
  end_reason: nullable({ type: 'string', description: END_REASONS.join(', ') }),
  answered_by: nullable(text('What the carrier’s machine detection found.')),
  sip_code: nullable(whole('The last SIP response, if the carrier reports it.')),
  workflow_version: nullable(
    whole('Which version of its workflow it runs; null: an earlier release made it.'),
  ),
  transcribed: flag('Whether there is a transcript, as far as it goes.'),
  context: any('The object that was given when the call was placed, for the agent.'),
  facts: any('What the agent has found out.'),
};

const event = object({
  event_id: id('Ids are in the order in which events were recorded.'),
  type: { enum: TIMELINE_TYPES },
  status: { enum: [...CALL_STATUSES, null], description: 'Null for all types but `status`.' },
  provider_status: nullable(text('In the carrier’s words.')),
  sequence: nullable(whole('The carrier’s own count, from 0.')),
  source: { enum: EVENT_SOURCES },
  outcome: {
    enum: EVENT_OUTCOMES,
    description: 'Whether the event changed the call, was a repetition, or came too late.',
  },
  detail: any('Further facts, such as the quality of a stream that ended.'),
  occurred_at: nullable(instant('When it happened, as the carrier says.')),
  received_at: instant('When it was recorded.'),
});

const sound = {
  name: text('As agents name it.'),
  duration_ms: whole('How long it is.'),
  bytes: whole('Of its audio, as it is kept.'),
  created_at: instant('When it was uploaded first.'),
  updated_at: instant('When its audio was replaced last.'),
};

/** A version of a workflow. */
const version = {
  workflow_id: id('The workflow.'),
  version: id('From 1 for each workflow.'),
  changed: list({
    type: 'string',
    description:
      'A field, or an option as `agent_options.steps`, that differs from the version before.',
  }),
  made_by: nullable(
    object({
      user_id: id('Who made it.'),
      key_id: id('With which key.'),
      key_name: nullable(text('The name of that key.')),
    }),
  ),
  restored_from: nullable(id('The version that was restored; null: none was.')),
  created_at: instant('When it was made.'),
};

const message = [
  { type: 'string', minLength: 1, maxLength: 500 },
  object({ sound: { type: 'string', maxLength: 200 } }),
];

const workflow = {
  name: { type: 'string', minLength: 1, maxLength: 200, description: 'One line, for people.' },
  agent: { type: 'string', maxLength: 100, description: 'One of `GET /api/v1/agents`.' },
  agent_options: any(
    'Must match the agent’s `options_schema`; at most 64 KiB as JSON. Options that are `writeOnly` there are never shown, nor are those of an agent that is not plugged in any more. In a PATCH, secrets stay unless they are given.',
  ),
  recording: flag('Whether its calls are recorded. Default: false.'),
  recording_notice: nullable({
    type: 'string',
    minLength: 1,
    maxLength: 500,
    description: 'Said before a call is recorded.',
  }),
  barge_in: flag('Whether the caller may talk over the agent. Default: false.'),
  barge_in_sensitivity: {
    enum: SENSITIVITIES,
    description: 'How easily the agent is interrupted. Default: `normal`.',
  },
  barge_in_echo: {
    enum: BARGE_IN_ECHOES,
    description:
      'Whether it is reckoned with that the agent comes back from the caller’s side as an echo. `off` is for lines on which echo is surely cancelled. Default: `auto`.',
  },
  turn_silence_ms: {
    type: 'integer',
    minimum: TURN_SILENCE_RANGE.min,
    maximum: TURN_SILENCE_RANGE.max,
    description: `Silence after which the caller has finished, for agents that ask for turns, in milliseconds. Default: ${TURN_SILENCE_MS}.`,
  },
  transcription: {
    type: 'boolean',
    description:
      'Whether recordings of its calls are transcribed after their end, where `TRANSCRIPTION_URL` is set and the agent tells no transcript itself. Default: true.',
  },
  on_failure: nullable({
    type: 'string',
    minLength: 1,
    maxLength: 500,
    description:
      'The sentence that a caller hears when the agent fails; without it the call is only hung up.',
  }),
  on_resume: nullable({
    type: 'string',
    minLength: 1,
    maxLength: 500,
    description:
      'The sentence that a caller hears before the agent goes on, when the call was without a media stream for more than three seconds, where the carrier can say one. Null: nothing.',
  }),
  on_wait: nullable({
    description:
      'What a caller hears while the agent takes long, after three seconds of silence and again six seconds after each end: a sentence that the agent says, or a sound. `openai-realtime` takes sounds only, `pipeline` both; agents that never wait have no use for it. Null: nothing.',
    oneOf: message,
  }),
  transfer_targets: nullable({
    type: 'array',
    maxItems: 50,
    items: object({
      name: {
        type: 'string',
        pattern: '^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 _-]{0,49}$',
        description: 'How the agent names the person.',
      },
      to: { type: 'string', pattern: '^\\+[1-9]\\d{6,14}$', description: 'E.164.' },
    }),
    description:
      'To whom the agent may transfer calls. An agent chooses by name and never sees a number.',
  }),
  routes: {
    type: 'array',
    maxItems: 20,
    items: ref('Route'),
    description:
      'Which accounts dial its calls where the request names neither an account, a number nor a carrier: those whose longest matching prefix is longest first, then in this order; each account once. The next one is asked only when nothing can ring. Empty, or none matches: the first account.',
  },
  on_machine: {
    description:
      'What is done where a machine answers a call placed with `machine_detection`. `leave_message` holds a sentence that the carrier says, or a sound of MEDIA_DIR; the call is hung up afterwards. Default: `ignore`.',
    oneOf: [
      { enum: ['ignore', 'hang_up'] },
      object({
        leave_message: { oneOf: message },
      }),
    ],
  },
};

const route = {
  account: text('The key of an account of this service.'),
  from: e164('The number that the other side sees, one of the account’s; absent: its first.'),
  prefixes: {
    type: 'array',
    maxItems: 200,
    items: { type: 'string', pattern: '^\\+[1-9]\\d{0,14}$' },
    description: 'What the called numbers begin with, such as `+44`; absent or empty: any number.',
  },
};

const endpoint = {
  url: {
    type: 'string',
    maxLength: 2000,
    description: 'https at a public host, unless WEBHOOK_ALLOWED_HOSTS lists the host.',
  },
  workflow_id: nullable(id('Of this workflow’s calls only; null: of all.')),
  types: {
    type: 'array',
    items: { enum: EVENT_TYPES },
    maxItems: EVENT_TYPES.length,
    description: 'Of these only; empty: all.',
  },
  enabled: flag('Whether events are delivered. Default: true.'),
};
const DISABLED_REASON = nullable(
  text(
    'Why Patchbay disabled it: its receiver answered 410. Null: it is enabled, or you disabled it.',
  ),
);

const NEXT = '`cursor` of the next page; null at the end.';
const page = (items: Json, cursor: Json): Json =>
  object({ data: list(items), next_cursor: cursor });
const some = (items: Json): Json => object({ data: list(items) });

const quality = object({
  frames_in: whole('Frames of 20 ms from the caller.'),
  frames_out: whole('Frames to the caller.'),
  filled_ms: whole('Silence put into gaps.'),
  frames_late: whole('Frames that came twice or too late.'),
  jitter_ms: { type: 'number' },
  recent_gap_ms: nullable(whole('The longest between two frames within the last seconds.')),
  first_audio_ms: nullable(whole('From the start of the stream to the agent’s first audio.')),
});

/** `components.schemas`, by name. */
export const SCHEMAS: Record<string, Json> = {
  ...ACCOUNT_SCHEMAS,
  ...ALERT_SCHEMAS,
  Problem: {
    description: 'RFC 9457. Programs read `code`, people `detail`.',
    type: 'object',
    properties: {
      type: { const: 'about:blank' },
      title: { type: 'string' },
      status: whole('As in the status line.'),
      code: { enum: Object.keys(PROBLEMS) },
      detail: text('What is wrong and what to do.'),
      errors: {
        type: 'array',
        maxItems: FAULTS_NAMED,
        description: 'With `invalid_request`: every bad field, of many the first 20.',
        items: object({ field: { type: 'string' }, message: { type: 'string' } }),
      },
      workflow_run_id: id('With 502: the call, which is in the list as `failed`.'),
    },
    required: ['type', 'title', 'status', 'code', 'detail'],
  },
  Call: object(CALL_FIELDS),
  CallWithEvents: object({ ...CALL_FIELDS, events: list(ref('CallEvent')) }),
  CallEvent: event,
  Transcript: object({
    data: list(
      object({
        at_ms: whole(
          'When its first sound was heard, in milliseconds from the beginning of the recording; of a call without one, of its first stream.',
        ),
        speaker: { enum: ['caller', 'agent'] },
        text: text('What was said; of the agent what was heard of it.'),
        final: flag('False: more was to come when the stream ended.'),
      }),
    ),
  }),
  CallPage: page(ref('Call'), nullable(text(NEXT))),
  Digits: object({
    digits: {
      type: 'string',
      minLength: 1,
      maxLength: DIGITS_MAX,
      pattern: '^[0-9A-D*#w]+$',
      description: 'Keys, and `w` for a pause of half a second.',
    },
  }),
  TransferCall: object(
    {
      to: {
        type: 'string',
        minLength: 1,
        maxLength: 50,
        description: 'E.164, or the name of one of the workflow’s `transfer_targets`.',
      },
      announce: {
        oneOf: [
          { type: 'string', minLength: 1, maxLength: 500 },
          object({
            sound: {
              type: 'string',
              pattern: SOUND_NAME_PATTERN.source,
              maxLength: SOUND_NAME_MAX,
            },
          }),
          { type: 'null' },
        ],
        description:
          'What the person hears before they are connected: a text, or, where the carrier can say none (Asterisk), a sound: yours, else one that the carrier has. Absent: nothing.',
      },
      from: {
        ...e164('One of our numbers, which the person sees; absent: the one of this call.'),
        maxLength: 16,
      },
      timeout_seconds: {
        type: 'integer',
        minimum: 5,
        maximum: 120,
        description: 'How long the person’s phone rings. Default: 30.',
      },
    },
    ['announce', 'from', 'timeout_seconds'],
  ),
  PlaceCall: object(
    {
      workflow_id: id('Yours.'),
      to: { ...e164('Whom to call.'), maxLength: 16 },
      from: { ...e164('One of your numbers; absent: the account’s first.'), maxLength: 16 },
      account: {
        type: 'string',
        maxLength: 40,
        description:
          'The key of the account that dials; absent: the one that owns `from`, else the first of `provider`.',
      },
      provider: {
        type: 'string',
        maxLength: 40,
        description: 'The carrier whose account dials; absent: any.',
      },
      context: any('For the agent; at most 16 KiB as JSON.'),
      ring_timeout_seconds: { type: 'integer', minimum: 5, maximum: 600 },
      max_duration_seconds: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400,
        description: 'The call is ended after this. Twilio: 60 at least; default four hours.',
      },
      machine_detection: { enum: ['enable', 'detect_message_end'] },
    },
    [
      'from',
      'account',
      'provider',
      'context',
      'ring_timeout_seconds',
      'max_duration_seconds',
      'machine_detection',
    ],
  ),
  Instances: some(
    object({
      instance_id: text('Another one at each start.'),
      name: text('`INSTANCE_NAME`, or the host name.'),
      version: text('The release.'),
      state: { enum: ['starting', 'ready', 'draining', 'moving'] },
      live_calls: whole('Media streams that it carries.'),
      capacity: whole('How many it has room for; 0: an older release, which does not tell.'),
      started_at: instant('When it was started.'),
      clock_offset_ms: {
        type: 'integer',
        description: 'How far its clock is ahead of the store’s; negative: behind.',
      },
      lease_age_ms: whole(
        'How long before that it had renewed its lease. It does so every two seconds, and is gone for the others after six.',
      ),
      this_one: flag('Whether it is the one that answers.'),
    }),
  ),
  Agents: some(
    object({
      name: { type: 'string' },
      description: { type: 'string' },
      options_schema: any('JSON Schema of `agent_options`.'),
      ready: flag('Whether nothing is missing without which it can answer no call.'),
      needs: list(
        object({
          setting: text('The environment variable that holds it.'),
          required: flag('Whether no call can be answered without it.'),
          met: flag('Whether it is there.'),
          purpose: text('What it is for.'),
          steps: list(text('What to do, in order; names between backticks are code.')),
        }),
      ),
    }),
  ),
  Workflow: object({
    workflow_id: id('The workflow.'),
    user_id: id('Who owns it.'),
    version: id('Counted up by every change of it.'),
    ...workflow,
    created_at: instant('When it was made.'),
    updated_at: instant('When it was changed last.'),
  }),
  Route: object(route, ['from', 'prefixes']),
  Workflows: page(ref('Workflow'), nullable(id(NEXT))),
  WorkflowVersions: page(object(version), nullable(id(NEXT))),
  WorkflowVersion: object({
    ...version,
    workflow: ref('Workflow'),
    compared_with: nullable(id('The version that `changes` begins from; null: there is none.')),
    changes: list(
      object({
        field: text('Names from the outside to the inside, such as `agent_options.start`.'),
        kind: { enum: ['added', 'removed', 'changed'] },
        before: { description: 'Null where it was added, and for secrets.' },
        after: { description: 'Null where it was removed, and for secrets.' },
        secret: flag('Whether it is a secret option, of which nothing more is told.'),
      }),
    ),
  }),
  Sound: object(sound),
  Sounds: page(object(sound), { type: 'null' }),
  RenameSound: object({ name: text('Ends with .wav.') }, ['name']),
  CreateWorkflow: object(workflow, Object.keys(workflow).slice(2)),
  UpdateWorkflow: object(workflow, Object.keys(workflow)),
  ClaimNumber: object(
    {
      number: claimable('The number.'),
      account: {
        type: 'string',
        maxLength: 40,
        description:
          'The key of the account that has the number; absent: the first, of `provider` if given.',
      },
      provider: { type: 'string', maxLength: 40, description: 'Absent: the first.' },
      workflow_id: id('Which workflow answers it; any user’s.'),
    },
    ['account', 'provider'],
  ),
  LeadNumber: object({ workflow_id: id('Which workflow answers it; any user’s.') }),
  PhoneNumber: object({
    number: claimable('The number.'),
    account: { type: 'string' },
    provider: { type: 'string' },
    workflow_id: id('Which workflow answers it.'),
  }),
  PhoneNumbers: page(ref('PhoneNumber'), nullable(text(NEXT))),
  ClaimedNumber: object({
    number: claimable('The number.'),
    account: { type: 'string' },
    provider: { type: 'string' },
    workflow_id: id('Which workflow answers it.'),
    carrier: object(
      {
        configured: flag('Whether the carrier took the URLs. If not, enter them by hand.'),
        reason: text('Why it did not.'),
        voice_url: text('“A call comes in”, HTTP POST.'),
        status_callback: text('“Call status changes”, HTTP POST.'),
      },
      ['reason', 'voice_url', 'status_callback'],
    ),
  }),
  User: object({
    user_id: id('The user. 1 administers the others.'),
    name: { type: 'string' },
    created_at: instant('When the user was made.'),
    keys: list(
      object({
        key_id: id('The key.'),
        name: { type: 'string' },
        created_at: instant('When it was issued.'),
      }),
    ),
  }),
  Users: page(ref('User'), nullable(id(NEXT))),
  CreateUser: object({ name: { type: 'string', minLength: 1, maxLength: 200 } }),
  IssueKey: object({ name: { type: 'string', minLength: 1, maxLength: 100 } }, ['name']),
  IssuedKey: object({
    key_id: id('The key.'),
    user_id: id('Whose it is.'),
    name: { type: 'string' },
    key: text('Told this once.'),
  }),
  Endpoint: object({
    endpoint_id: id('The endpoint.'),
    ...endpoint,
    disabled_reason: DISABLED_REASON,
    created_at: instant('When it was made.'),
  }),
  Endpoints: page(ref('Endpoint'), nullable(id(NEXT))),
  CreatedEndpoint: object({
    endpoint_id: id('The endpoint.'),
    ...endpoint,
    disabled_reason: DISABLED_REASON,
    created_at: instant('When it was made.'),
    secret: text('Signs the deliveries (Standard Webhooks, `whsec_…`). Told this once.'),
  }),
  CreateEndpoint: object(endpoint, ['workflow_id', 'types', 'enabled']),
  UpdateEndpoint: object(endpoint, Object.keys(endpoint)),
  Delivery: object({
    delivery_id: id('The delivery.'),
    message_id: text('`webhook-id`; the same in every repetition.'),
    workflow_run_id: id('The call that the event is about.'),
    type: { enum: EVENT_TYPES },
    state: { enum: ['pending', 'delivered', 'dead'] },
    attempts: whole('How often it was tried.'),
    next_attempt_at: nullable(instant('When it is tried next.')),
    last_status: nullable(whole('HTTP status of the last reply.')),
    last_error: nullable(text('Why the last try failed.')),
    created_at: instant('When the call changed.'),
    delivered_at: nullable(instant('When a 2xx came.')),
  }),
  DeliveryPage: page(ref('Delivery'), nullable(id(NEXT))),
  TestedEndpoint: object({
    message_id: text('`webhook-id` of the event.'),
    delivered: flag('Whether the reply was a 2xx.'),
    status: nullable(whole('HTTP status of the reply; null: there was none.')),
    error: nullable(text('Why it counts as not delivered.')),
    duration_ms: whole('How long the endpoint took.'),
  }),
  Settings: object({
    version: text('The release.'),
    instance: text('The name of the instance that answers.'),
    data: list(
      object({
        name: text('The variable.'),
        section: text('The heading under which it is listed.'),
        set: flag('Whether the environment or `.env` sets it.'),
        secret: flag('Whether its value is never shown.'),
        value: nullable(
          text('As in the environment; null: a secret, or neither set nor with a default.'),
        ),
        description: text('What it is for.'),
        absent: nullable(text('What happens while it is absent, where no default shows it.')),
      }),
    ),
  }),
  AuditPage: page(
    object({
      audit_id: id('The entry.'),
      user_id: id('Who did it.'),
      key_id: id('With which key.'),
      action: text('Method and route.'),
      subject: any('The ids in the path.'),
      http_status: whole('What was answered.'),
      created_at: instant('When.'),
    }),
    nullable(id(NEXT)),
  ),
  Check: object({
    name: text('Stable; the heading in the guide.'),
    title: { type: 'string' },
    group: { type: 'string' },
    status: { enum: ['up', 'warn', 'down', 'skipped'] },
    seen: text('What was seen.'),
    fix: nullable(text('What to do; null: nothing.')),
    detail: any('The same for programs.'),
    duration_ms: whole('How long it took.'),
  }),
  Diagnosis: object({
    status: { enum: ['up', 'warn', 'down'] },
    started_at: instant('When the run began.'),
    duration_ms: whole('How long it took.'),
    checks: list(ref('Check')),
  }),
  Repairs: some(
    object({
      number_ends_with: text('Its last two digits.'),
      was: {
        description: 'What was wrong with it.',
        enum: NUMBER_STATES.filter((state) => state !== 'fine' && state !== 'at-sip-domain'),
      },
      repaired: flag('Whether its URLs are ours now.'),
      reason: nullable(text('Why not.')),
    }),
  ),
  Live: object({ status: { const: 'up' } }),
  Ready: object({
    status: { enum: ['up', 'down'] },
    reasons: list(text('Why it is not ready.')),
    warnings: list(text('What is impaired without stopping calls.')),
    store: any('Kind and state of the store; `reason` says why it is not up, `fix` what to do.'),
    draining: flag('Whether it is stopping.'),
    open_streams: whole('Media streams at this moment.'),
    public_url: object({
      source: {
        description: 'Where the address is known from.',
        enum: ['static', 'tunnel', 'simulated', 'none'],
      },
      url: nullable({ type: 'string' }),
      as_of: nullable(instant('When it was found.')),
      stale: flag('Whether the address could not be confirmed since.'),
      last_error: nullable({ type: 'string' }),
      fix: nullable(text('What to do about it.')),
    }),
    carriers: list(
      any(
        'Each with `name`, `account` (its key, where one is configured), `configured` and `simulated`.',
      ),
    ),
  }),
  SignIn: object({ key: text('An API key.'), ticket: text('Of the link that the start prints.') }, [
    'key',
    'ticket',
  ]),
  Session: object({
    user_id: id('Who is signed in.'),
    administrator: flag('Whether that is user 1.'),
    simulated: flag('Whether calls are made at the simulated carrier.'),
  }),
  LiveCalls: some(
    object({
      ...CALL_FIELDS,
      stream: nullable(
        object({
          stream_id: { type: 'string' },
          silent_ms: whole('How long nothing has been heard of the caller.'),
          quality,
        }),
      ),
    }),
  ),
  CallRefusals: some(
    object({
      refusal_id: id('The refusal.'),
      surface: { type: 'string' },
      reason: { type: 'string' },
      http_status: nullable(whole('What was answered.')),
      refused_at: instant('When.'),
    }),
  ),
  CallOutcomes: object({
    data: list(
      object({
        end_reason: { enum: END_REASONS },
        cause: nullable(text('In the words of whoever failed; null: nothing was told.')),
        workflow_id: nullable(id('Whose calls; null: of several workflows.')),
        count: whole('How many calls.'),
        last_run_id: id('The latest of them.'),
        last_at: instant('When that was made.'),
      }),
    ),
    complete: flag('Whether all of them were counted.'),
  }),
  PhoneOffer: object({ available: flag('Whether there is a phone in the browser.') }),
};
