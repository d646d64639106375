import { describe, expect, it } from '@jest/globals';
import { TelnyxCarrier } from '../../src/providers/telnyx/telnyx.carrier.js';
import { keyOf, verifySignature } from '../../src/providers/telnyx/signature.js';
import { encodeState } from '../../src/providers/telnyx/client-state.js';
import { newKey, signedHeaders } from '../../tools/carrier/telnyx/webhooks.js';
import { SimulatedTelnyx } from '../../tools/carrier/telnyx/rest-api.js';
import { describeCarrier, type Sample } from './carrier.contract.js';

const OURS = '+12025550100';
const THEIRS = '+14155552671';
const CONNECTION = '1684641123236054244';
const API_KEY = 'KEY-of-the-api';
const KEYS = { account: newKey(), stranger: newKey() };
const CALL = 'v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg';

const accountAt = (apiBaseUrl: string, publicKey = KEYS.account.publicKey) =>
  new TelnyxCarrier({
    apiBaseUrl,
    apiKey: API_KEY,
    publicKey,
    connectionId: CONNECTION,
    fromNumbers: [OURS],
    callsPerSecond: 1,
  });

let told = 0;
const event = (type: string, more: Record<string, unknown> = {}): Sample => ({
  purpose: 'events',
  body: JSON.stringify({
    data: {
      event_type: type,
      id: `0ccc7b54-4df3-4bca-a65a-3da1ecc7${String((told += 1)).padStart(4, '0')}`,
      occurred_at: '2026-08-04T09:12:01.602123Z',
      payload: {
        call_control_id: CALL,
        call_leg_id: '428c31b6-7af4-4bcb-b7f5-5013ef9657c1',
        call_session_id: '428c31b6-abf3-3bc1-b7f4-5013ef9657c1',
        client_state: encodeState({ kind: 'placed' }),
        connection_id: CONNECTION,
        from: OURS,
        to: THEIRS,
        ...more,
      },
      record_type: 'event',
    },
    meta: { attempt: 1, delivered_to: 'https://calls.example.com/' },
  }),
});
const hangup = (cause: string, sip = 'unspecified') =>
  event('call.hangup', { hangup_cause: cause, hangup_source: 'callee', sip_hangup_cause: sip });
const message = (name: string, more: object) =>
  JSON.stringify({ event: name, sequence_number: '2', stream_id: 'stream-1', ...more });

describeCarrier('Telnyx', {
  account: () => accountAt('http://127.0.0.1:1/v2'),
  request: (url, { body }, by) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signedHeaders(KEYS[by], body) },
    body: Buffer.from(body),
    target: '/',
    urls: [url],
  }),
  signsUrl: false,
  signUpgrade: () => null,
  inboundAnswer: event('call.initiated', {
    direction: 'incoming',
    state: 'parked',
    client_state: null,
    from: THEIRS,
    to: OURS,
  }),
  outboundAnswer: event('call.answered', { state: 'answered' }),
  callbacks: [
    event('call.initiated', { direction: 'outgoing', state: 'bridging' }),
    event('call.answered', { client_state: encodeState({ kind: 'taken' }) }),
    hangup('normal_clearing', '200'),
    hangup('user_busy', '486'),
    hangup('timeout'),
    hangup('call_rejected', '603'),
    hangup('originator_cancel'),
    event('call.machine.detection.ended', { result: 'machine' }),
    event('streaming.started'),
    event('streaming_failed', { failure_reason: 'connection_failed' }),
    event('call.recording.saved', { recording_urls: {} }),
  ],
  withField: ({ purpose, body }, name, value) => ({
    purpose,
    body: body.replace(
      '"payload":{',
      `"payload":{${JSON.stringify(name)}:${JSON.stringify(value)},`,
    ),
  }),
  messages: {
    start: message('start', {
      start: {
        call_control_id: CALL,
        client_state: null,
        custom_parameters: { other: 'x' },
        media_format: { encoding: 'PCMU', sample_rate: 8000, channels: 1 },
      },
    }),
    audio: message('media', {
      media: { track: 'inbound', chunk: '1', timestamp: '20', payload: 'f39/fw==' },
    }),
    dtmf: message('dtmf', { dtmf: { digit: '5' } }),
    mark: message('mark', { mark: { name: 'm' } }),
    stop: message('stop', { stop: { call_control_id: CALL } }),
  },
  readAnswer: ({ body }) => Object.keys(JSON.parse(body) as object),
  live: async () => {
    const telnyx = await SimulatedTelnyx.start({
      apiKey: API_KEY,
      connectionId: CONNECTION,
      numbers: [OURS],
      gateway: null,
      webhookUrl: 'https://calls.example.com/api/v1/telephony/accounts/telnyx/events',
    });
    telnyx.exchange.behave(THEIRS, { does: 'silent' });
    return {
      account: accountAt(telnyx.baseUrl),
      placed: () => telnyx.exchange.calls.length,
      stop: () => telnyx.stop(),
    };
  },
});

/** With the second key of RFC 8032. Telnyx's own library for Node (7.24.0) accepts it at that time + 299 s, and not at + 301 s. */
describe('a signature that Telnyx’s own library takes', () => {
  const PUBLIC_KEY = 'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=';
  const AT = 1_735_689_600;
  const BODY =
    '{"data":{"event_type":"call.initiated","id":"evt-1","payload":{"call_control_id":"v3:test"},"record_type":"event"}}';
  const SIGNATURE =
    'ydoovixXzthtXTf9NaS+X/TscdLqU0zU2cZCMLF6fTOIVb4ExMTn8RON49t63R42fDdCyp9I2yhxbjMIvYFcDw==';
  const verdict = (
    more: { body?: string; signature?: string; timestamp?: string; key?: string } = {},
    now = AT,
  ) =>
    verifySignature(
      {
        method: 'POST',
        headers: {
          'telnyx-signature-ed25519': more.signature ?? SIGNATURE,
          'telnyx-timestamp': more.timestamp ?? String(AT),
        },
        body: Buffer.from(more.body ?? BODY),
      },
      keyOf(more.key ?? PUBLIC_KEY),
      now,
    );

  it('is taken for five minutes in either direction', () => {
    for (const now of [AT, AT + 299, AT - 299]) expect(verdict({}, now)).toEqual({ valid: true });
    for (const now of [AT + 301, AT - 301]) {
      expect(verdict({}, now)).toEqual({ valid: false, reason: 'expired' });
    }
  });

  it.each([
    ['one changed byte', { body: BODY.replace('evt-1', 'evt-2') }],
    ['another time', { timestamp: String(AT + 1) }],
    ['its first byte flipped', { signature: `z${SIGNATURE.slice(1)}` }],
    ['nothing but zeros', { signature: Buffer.alloc(64).toString('base64') }],
    ['another account’s key', { key: KEYS.stranger.publicKey }],
    ['text after it', { signature: `${SIGNATURE}x` }],
  ])('is nothing with %s', (_, more) => {
    expect(verdict(more)).toEqual({ valid: false, reason: 'mismatch' });
  });

  it('cannot be checked without a key', () => {
    expect(verdict({ key: 'short' })).toEqual({ valid: false, reason: 'not-configured' });
  });
});
