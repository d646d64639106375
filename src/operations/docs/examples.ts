import { nullsOf } from './describe.js';
import { CALL_FIELDS } from './schemas.js';

/** Made-up values, the same throughout. Numbers are from the range that is reserved for fiction. */
export const AT = '2026-11-24T10:00:00.000Z';

/** A call, with null for whatever of it nobody knows yet. */
export const call = {
  ...nullsOf(CALL_FIELDS),
  workflow_run_id: 789,
  workflow_id: 123,
  user_id: 456,
  direction: 'outbound',
  provider: 'twilio',
  account: 'twilio',
  simulated: false,
  from: '+12025550100',
  to: '+12025550143',
  provider_call_id: 'CA36c37d8025eb3fae123339dbe28b2fe3',
  status: 'answered',
  streaming: true,
  instance: 'api-1',
  created_at: AT,
  answered_at: '2026-11-24T10:00:08.000Z',
  workflow_version: 3,
  transcribed: false,
  context: { order: 7 },
  facts: {},
};
export const placedCall = {
  ...call,
  status: 'queued',
  streaming: false,
  instance: null,
  answered_at: null,
};
export const endedCall = {
  ...call,
  status: 'completed',
  streaming: false,
  instance: null,
  ended_at: '2026-11-24T10:01:00.000Z',
  duration_seconds: 52,
  end_reason: 'caller_hangup',
};
export const event = {
  event_id: 8,
  type: 'status',
  status: 'answered',
  provider_status: 'in-progress',
  sequence: 2,
  source: 'status-callback',
  outcome: 'applied',
  detail: {},
  occurred_at: '2026-11-24T10:00:08.000Z',
  received_at: '2026-11-24T10:00:08.120Z',
};
export const workflow = {
  workflow_id: 123,
  user_id: 456,
  version: 3,
  name: 'Front desk',
  agent: 'relay',
  agent_options: { url: 'wss://bot.example.com/twilio' },
  recording: false,
  recording_notice: null,
  barge_in: true,
  barge_in_sensitivity: 'normal',
  barge_in_echo: 'auto',
  turn_silence_ms: 600,
  transcription: true,
  on_failure: 'We are sorry. Please call again later.',
  on_resume: 'Thank you for waiting.',
  on_wait: { sound: 'one-moment.wav' },
  routes: [{ account: 'twilio', prefixes: ['+1'] }, { account: 'asterisk' }],
  on_machine: { leave_message: 'Please call us back.' },
  transfer_targets: [{ name: 'Sales', to: '+12025550143' }],
  created_at: AT,
  updated_at: AT,
};
export const version = {
  workflow_id: 123,
  version: 3,
  changed: ['name'],
  made_by: { user_id: 456, key_id: 9, key_name: 'crm' },
  restored_from: null,
  created_at: AT,
};
export const sound = {
  name: 'welcome.wav',
  duration_ms: 3_200,
  bytes: 51_244,
  created_at: AT,
  updated_at: AT,
};
export const number = {
  number: '+12025550100',
  account: 'twilio',
  provider: 'twilio',
  workflow_id: 123,
};
export const claimed = {
  ...number,
  carrier: {
    configured: true,
    voice_url: 'https://calls.example.com/api/v1/telephony/twiml#rc=3&rp=5xx,ct,rt',
    status_callback: 'https://calls.example.com/api/v1/telephony/status-callback#rc=3&rp=5xx,ct,rt',
  },
};
export const user = {
  user_id: 456,
  name: 'Sales',
  created_at: AT,
  keys: [{ key_id: 9, name: 'crm', created_at: AT }],
};
export const endpoint = {
  endpoint_id: 4,
  url: 'https://example.com/calls',
  workflow_id: null,
  types: ['call.finished'],
  enabled: true,
  disabled_reason: null,
  created_at: AT,
};
export const delivery = {
  delivery_id: 31,
  message_id: 'msg_2bFQmR7cT0',
  workflow_run_id: 789,
  type: 'call.finished',
  state: 'pending',
  attempts: 1,
  next_attempt_at: '2026-11-24T10:01:06.000Z',
  last_status: 503,
  last_error: 'the endpoint answered 503',
  created_at: AT,
  delivered_at: null,
};
export const outcome = {
  end_reason: 'agent_failed',
  cause: 'the bot closed the connection',
  workflow_id: 123,
  count: 3,
  last_run_id: 789,
  last_at: AT,
};
export const testedEndpoint = {
  message_id: 'msg_2bFQmR7cT0',
  delivered: false,
  status: 401,
  error: 'the endpoint answered 401',
  duration_ms: 84,
};
export const settings = {
  version: '0.3.0',
  instance: 'api-1',
  data: [
    {
      name: 'PORT',
      section: 'Where it listens',
      set: false,
      secret: false,
      value: '8000',
      description: 'Port of the HTTP and WebSocket server; 0 takes any free port.',
      absent: null,
    },
  ],
};
export const audit = {
  audit_id: 77,
  user_id: 1,
  key_id: 1,
  action: 'POST /api/v1/users/:user_id/keys',
  subject: { user_id: '456' },
  http_status: 201,
  created_at: AT,
};
export const check = {
  name: 'tls',
  title: 'The certificate',
  group: 'Webhook URL',
  status: 'warn',
  seen: 'The certificate ends in 9 days.',
  fix: 'Renew it, and look at why that did not happen by itself.',
  detail: { days_left: 9 },
  duration_ms: 41,
};
export const alert = {
  alert_id: '6f0d3c1e-5a57-4a7e-9d1c-2f6f0d6b8a11',
  kind: 'news',
  created_at: AT,
  instance: 'api-1',
  simulated: false,
  checks: [
    {
      change: 'down',
      check: 'tls',
      title: 'The certificate',
      seen: 'The certificate of calls.example.com, or one in its chain, has expired.',
      fix: 'Renew the certificate where TLS ends.',
      since: AT,
    },
  ],
  deliveries: [
    {
      channel: 'webhook',
      state: 'delivered',
      attempts: 1,
      delivered_at: AT,
      next_attempt_at: null,
      error: null,
    },
  ],
};
export const diagnosis = { status: 'warn', started_at: AT, duration_ms: 312, checks: [check] };
export const ready = {
  status: 'up',
  reasons: [],
  warnings: [],
  store: { kind: 'sqlite', up: true, migrated: true, reason: null, fix: null },
  draining: false,
  open_streams: 3,
  public_url: {
    source: 'static',
    url: 'https://calls.example.com',
    as_of: AT,
    stale: false,
    last_error: null,
    fix: null,
  },
  carriers: [{ name: 'twilio', configured: true, simulated: false }],
};
export const session = { user_id: 1, administrator: true, simulated: false };
export const liveCall = {
  ...call,
  stream: {
    stream_id: 'MZ36c37d8025eb3fae123339dbe28b2fe3',
    silent_ms: 12,
    quality: {
      frames_in: 1500,
      frames_out: 900,
      filled_ms: 0,
      frames_late: 0,
      jitter_ms: 1.2,
      recent_gap_ms: 24,
      first_audio_ms: 640,
    },
  },
};
export const refusal = {
  refusal_id: 5,
  surface: 'status-callback',
  reason: 'signature-mismatch',
  http_status: 403,
  refused_at: AT,
};
