import { describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { signalWireCarrier } from '../../src/providers/signalwire/signalwire.carrier.js';
import { signWebhook } from '../../tools/carrier/signing/signature.js';
import { SignalWireFace, uuidOf } from '../support/signalwire-face.js';
import { describeCarrier, type Sample } from './carrier.contract.js';

const ACCOUNT_SID = `AC${'1b'.repeat(16)}`;
const PROJECT = uuidOf(ACCOUNT_SID);
const CALL = '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a';
const STREAM = '2c2c2c2c-2c2c-4c2c-8c2c-2c2c2c2c2c2c';
const API_TOKEN = 'PT-token-of-the-api';
const OURS = '+12025550100';
const THEIRS = '+14155552671';
const KEYS = { account: 'PSK-key-of-the-project', stranger: 'PSK-key-of-a-stranger' };

const accountAt = (apiBaseUrl: string, signingKey = KEYS.account) =>
  signalWireCarrier({
    apiBaseUrl,
    projectId: PROJECT,
    apiToken: API_TOKEN,
    signingKey,
    fromNumbers: [OURS],
    callsPerSecond: 1,
  });

const sample =
  (purpose: string) =>
  (more: Record<string, string>): Sample => ({
    purpose,
    body: new URLSearchParams({ CallSid: CALL, AccountSid: PROJECT, ...more }).toString(),
  });
const question = sample('answer');
const callback = sample('events');
/** As it is documented: no stream's name outside of `start`. */
const message = (event: string, more: object = {}) =>
  JSON.stringify({ event, sequenceNumber: '2', ...more });

describeCarrier('SignalWire', {
  account: () => accountAt('http://127.0.0.1:1/api/laml'),
  request: (url, { body }, by) => ({
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-signalwire-signature': signWebhook(url, [...new URLSearchParams(body)], KEYS[by]),
    },
    body: Buffer.from(body),
    target: '/',
    urls: [url],
  }),
  signsUrl: true,
  signUpgrade: () => null,
  withField: ({ purpose, body }, name, value) => ({
    purpose,
    body: `${body}&${new URLSearchParams([[name, value]]).toString()}`,
  }),
  live: async () => {
    const face = await SignalWireFace.start(ACCOUNT_SID, API_TOKEN, OURS);
    return {
      account: accountAt(face.baseUrl),
      placed: () => face.carrier.calls.length,
      stop: () => face.stop(),
    };
  },
  inboundAnswer: question({ From: THEIRS, To: OURS, CallStatus: 'ringing', Direction: 'inbound' }),
  outboundAnswer: question({
    From: OURS,
    To: THEIRS,
    CallStatus: 'in-progress',
    Direction: 'outbound-api',
  }),
  callbacks: [
    ...['initiated', 'ringing', 'in-progress', 'completed'].map((CallStatus, index) =>
      callback({ CallStatus, SequenceNumber: String(index) }),
    ),
    callback({ CallStatus: 'busy', SipResultCode: '486', CallDuration: '0' }),
    ...['no-answer', 'failed', 'canceled'].map((CallStatus) => callback({ CallStatus })),
    callback({ AnsweredBy: 'human' }),
  ],
  messages: {
    start: message('start', {
      start: {
        accountSid: PROJECT,
        streamSid: STREAM,
        callSid: CALL,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { other: 'x' },
      },
    }),
    audio: message('media', {
      media: { track: 'inbound', chunk: '1', timestamp: '102', payload: 'f39/fw==' },
    }),
    dtmf: message('dtmf', { streamSid: STREAM, dtmf: { duration: '100', digit: '5' } }),
    mark: message('mark', { streamSid: STREAM, mark: { name: 'm' } }),
    stop: message('stop'),
  },
  readAnswer: ({ body }) => {
    const texts: string[] = [];
    const parser = new SaxesParser();
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('text', (text) => texts.push(text));
    parser.on('opentag', ({ attributes }) => texts.push(...Object.values(attributes)));
    parser.write(body).close();
    return texts;
  },
});

/** From the tests of SignalWire's own SDK for Python (`test_webhook_validator.py`). */
describe('SignalWire’s published vectors', () => {
  const form = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  };
  const verdictOf = (key: string, url: string, type: string, body: string, signature: string) =>
    accountAt('http://127.0.0.1:1', key).ingress.verify({
      method: 'POST',
      headers: { 'content-type': type, 'x-signalwire-signature': signature },
      body: Buffer.from(body),
      target: '/',
      urls: [url],
    });

  it('of a form', () => {
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
    const body = new URLSearchParams(form).toString();
    const type = 'application/x-www-form-urlencoded';
    const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
    expect(verdictOf('12345', url, type, body, signature)).toEqual({ valid: true });
    expect(verdictOf('12346', url, type, body, signature)).toMatchObject({ valid: false });
  });

  it('of JSON, by its hash in the query', () => {
    const hash = '69f3cbfc18e386ef8236cb7008cd5a54b7fed637a8cb3373b5a1591d7f0fd5f4';
    const url = `https://example.ngrok.io/webhook?bodySHA256=${hash}`;
    const type = 'application/json';
    const key = 'PSKtest1234567890abcdef';
    const signature = 'dfO9ek8mxyFtn2nMz24plPmPfIY=';
    const body = '{"event":"call.state"}';
    expect(verdictOf(key, url, type, body, signature)).toEqual({ valid: true });
    expect(verdictOf(key, url, type, `${body} `, signature)).toMatchObject({ valid: false });
  });

  it('are nothing in Twilio’s header alone, which anybody’s Twilio account would fill', () => {
    const { ingress } = accountAt('http://127.0.0.1:1', '12345');
    const verdict = ingress.verify({
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
      },
      body: Buffer.from(new URLSearchParams(form).toString()),
      target: '/',
      urls: ['https://mycompany.com/myapp.php?foo=1&bar=2'],
    });
    expect(verdict).toEqual({ valid: false, reason: 'missing' });
  });
});

describe('what SignalWire says and is told', () => {
  const { ingress } = accountAt('http://127.0.0.1:1');
  const request = (body: string) => ({
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(body),
    target: '/',
    urls: [],
  });

  it('the SIP code has a name of its own', () => {
    const { body } = callback({ CallStatus: 'busy', SipResultCode: '486', SequenceNumber: '2' });
    expect(ingress.read(request(body), 'events')).toMatchObject({
      ids: { call: CALL },
      accountId: PROJECT,
      events: [{ status: 'busy', sipCode: 486, sequence: 2 }],
    });
  });

  it('an id of Twilio’s is none of SignalWire’s', () => {
    const { body } = callback({ CallStatus: 'busy', CallSid: `CA${'0a'.repeat(16)}` });
    expect(ingress.read(request(body), 'events')).toEqual({
      malformed: 'CallSid must be a UUID',
    });
  });

  it('URLs are given to it without fragments', () => {
    const { body } = ingress.render({
      kind: 'stream',
      streamUrl: 'wss://calls.example.com/api/v1/telephony/ws/1/2/3/token-1',
      actionUrl: 'https://calls.example.com/api/v1/telephony/accounts/signalwire/answer',
      token: 'token-1',
      notice: null,
    });
    expect(body).not.toContain('#');
  });
});
