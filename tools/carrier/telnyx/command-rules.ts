import { faultIn, https, oneOf, text, within, type Check, type Rule } from '../field-rules.js';

const e164: Check = (value) => typeof value === 'string' && /^\+[1-9]\d{6,14}$/.test(value);
const base64: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0;

const OF_EVERY = { client_state: base64, command_id: text };
const STREAM = {
  stream_url: (value: unknown) => typeof value === 'string' && /^wss:\/\/[^?#\s]+$/.test(value),
  stream_track: oneOf('inbound_track', 'outbound_track', 'both_tracks'),
  stream_codec: oneOf('PCMU', 'PCMA', 'G722', 'OPUS', 'AMR-WB', 'L16', 'default'),
  stream_bidirectional_mode: oneOf('mp3', 'rtp'),
  stream_bidirectional_codec: oneOf('PCMU', 'PCMA', 'G722', 'OPUS', 'AMR-WB', 'L16'),
};
const { stream_url: streamUrl, ...MORE_STREAM } = STREAM;

/** From Telnyx's description of its API (`calls.ts` and `actions.ts` of its client for Node, 7.24). */
const RULES: Readonly<Record<string, Rule>> = {
  dial: {
    required: { connection_id: text, to: e164, from: e164 },
    optional: {
      ...OF_EVERY,
      ...STREAM,
      webhook_url: https,
      webhook_url_method: oneOf('POST', 'GET'),
      timeout_secs: within(5, 600),
      time_limit_secs: within(30, 14_400),
      answering_machine_detection: oneOf(
        'premium',
        'detect',
        'detect_beep',
        'detect_words',
        'greeting_end',
        'disabled',
      ),
    },
  },
  answer: { required: {}, optional: { ...OF_EVERY, ...STREAM } },
  reject: { required: { cause: oneOf('CALL_REJECTED', 'USER_BUSY') }, optional: OF_EVERY },
  hangup: { required: {}, optional: OF_EVERY },
  streaming_start: {
    required: { stream_url: streamUrl },
    optional: { ...OF_EVERY, ...MORE_STREAM },
  },
  streaming_stop: { required: {}, optional: OF_EVERY },
  send_dtmf: {
    required: {
      digits: (value) => typeof value === 'string' && /^[0-9A-DwW*#]+$/.test(value),
    },
    optional: { ...OF_EVERY, duration_millis: within(100, 500) },
  },
  transfer: {
    required: { to: e164 },
    optional: {
      ...OF_EVERY,
      from: e164,
      timeout_secs: within(5, 600),
      target_leg_client_state: base64,
      webhook_url: https,
      webhook_url_method: oneOf('POST', 'GET'),
    },
  },
};

export function isCommand(name: string): boolean {
  return name !== 'dial' && Object.hasOwn(RULES, name);
}

/** The first field that is missing, wrong or unknown; null: none is. */
export function faultyField(name: string, body: Readonly<Record<string, unknown>>): string | null {
  return faultIn(RULES[name] ?? { required: {}, optional: {} }, body);
}
