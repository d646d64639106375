import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { TwilioCarrier } from '../../src/providers/twilio/twilio.carrier.js';
import { signUpgrade, signWebhook } from '../../tools/carrier/signing/signature.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { describeCarrier, type Sample } from './carrier.contract.js';

const ACCOUNT = `AC${'1b'.repeat(16)}`;
const CALL = `CA${'0a'.repeat(16)}`;
const STREAM = `MZ${'2c'.repeat(16)}`;
const OURS = '+12025550100';
const THEIRS = '+14155552671';
const TOKENS = { account: 'token-of-the-account', stranger: 'token-of-a-stranger' };

function accountAt(apiBaseUrl: string): TwilioCarrier {
  return new TwilioCarrier({
    accountSid: ACCOUNT,
    authToken: TOKENS.account,
    authTokenSecondary: null,
    fromNumbers: [OURS],
    apiBaseUrl,
    callsPerSecond: 1,
  });
}

const sample =
  (purpose: string) =>
  (more: Record<string, string>): Sample => ({
    purpose,
    body: new URLSearchParams({
      CallSid: CALL,
      AccountSid: ACCOUNT,
      ApiVersion: '2010-04-01',
      ...more,
    }).toString(),
  });
const question = sample('answer');
const callback = sample('events');
const message = (event: string, more: object) =>
  JSON.stringify({ event, sequenceNumber: '2', streamSid: STREAM, ...more });

describeCarrier('Twilio', {
  account: () => accountAt('http://127.0.0.1:1'),
  request: (url, { body }, by) => ({
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signWebhook(url, [...new URLSearchParams(body)], TOKENS[by]),
    },
    body: Buffer.from(body),
    target: '/',
    urls: [url],
  }),
  signsUrl: true,
  signUpgrade: (url, by) => ({ 'x-twilio-signature': signUpgrade(url, TOKENS[by]) }),
  withField: ({ purpose, body }, name, value) => ({
    purpose,
    body: `${body}&${new URLSearchParams([[name, value]]).toString()}`,
  }),
  live: async () => {
    const carrier = await SimulatedCarrier.start({
      accountSid: ACCOUNT,
      authToken: TOKENS.account,
      numbers: [OURS],
      originMap: { 'https://calls.example.com': 'http://127.0.0.1:1' },
      behaviour: { ringMs: 60_000 },
    });
    return {
      account: accountAt(carrier.baseUrl),
      placed: () => carrier.calls.length,
      stop: () => carrier.stop(),
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
      callback({
        CallStatus,
        SequenceNumber: String(index),
        Timestamp: 'Tue, 04 Aug 2026 09:12:01 +0000',
        CallbackSource: 'call-progress-events',
      }),
    ),
    callback({ CallStatus: 'busy', SipResponseCode: '486', CallDuration: '0', Duration: '0' }),
    ...['no-answer', 'failed', 'canceled'].map((CallStatus) => callback({ CallStatus })),
    callback({ AnsweredBy: 'human', MachineDetectionDuration: '3100' }),
    callback({
      StreamEvent: 'stream-started',
      StreamSid: STREAM,
      Timestamp: '2026-08-04T09:12:01.602648368Z',
    }),
  ],
  messages: {
    start: message('start', {
      start: {
        accountSid: ACCOUNT,
        streamSid: STREAM,
        callSid: CALL,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token: 'token-1', other: 'x' },
      },
    }),
    audio: message('media', {
      media: { track: 'inbound', chunk: '1', timestamp: '102', payload: 'f39/fw==' },
    }),
    dtmf: message('dtmf', { dtmf: { track: 'inbound_track', digit: '5' } }),
    mark: message('mark', { mark: { name: 'm' } }),
    stop: message('stop', { stop: { accountSid: ACCOUNT, callSid: CALL } }),
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

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

it('the environment sends no request of ours elsewhere', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.host} ${request.url}`);
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ sid: CALL, account_sid: ACCOUNT }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const nowhere = 'http://127.0.0.1:1';
  Object.assign(process.env, {
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    http_proxy: nowhere,
    https_proxy: nowhere,
    TWILIO_REGION: 'au1',
    TWILIO_EDGE: 'sydney',
    TWILIO_ACCOUNT_SID: `AC${'f'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'another',
    TWILIO_CA_BUNDLE: '/nowhere',
  });
  try {
    const result = await accountAt(`http://${api}`).calls.place({
      runId: 1,
      idempotencyKey: 'run-1',
      to: THEIRS,
      from: OURS,
      urls: { answer: 'https://a.example/twiml', events: 'https://a.example/status-callback' },
      ringTimeoutSeconds: 60,
      maxDurationSeconds: 60,
      machineDetection: null,
    });
    expect(result).toMatchObject({ kind: 'accepted', ids: { call: CALL } });
    expect(asked).toEqual([`POST ${api} /2010-04-01/Accounts/${ACCOUNT}/Calls.json`]);
  } finally {
    server.close();
  }
});
