import { describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { TexmlCarrier } from '../../src/providers/telnyx-texml/texml.carrier.js';
import { TexmlExchange } from '../../tools/carrier/telnyx/texml-exchange.js';
import { newKey, signedHeaders } from '../../tools/carrier/telnyx/webhooks.js';
import { describeCarrier, type Sample } from './carrier.contract.js';

const OURS = '+12025550100';
const THEIRS = '+14155552671';
const ACCOUNT = '3e6f995f-85f7-4705-9741-53b116d28237';
const APPLICATION = '1684641123236054244';
const CALL = 'v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ';
const API_KEY = 'KEY-of-the-api';
const KEYS = { account: newKey(), stranger: newKey() };

const accountAt = (apiBaseUrl: string, apiKey = API_KEY) =>
  new TexmlCarrier({
    apiBaseUrl,
    apiKey,
    publicKey: KEYS.account.publicKey,
    accountSid: ACCOUNT,
    applicationSid: APPLICATION,
    fromNumbers: [OURS],
    callsPerSecond: 1,
  });
const sample =
  (purpose: string) =>
  (more: Record<string, string>): Sample => ({
    purpose,
    body: new URLSearchParams({
      AccountSid: ACCOUNT,
      CallSid: CALL,
      ConnectionId: APPLICATION,
      From: OURS,
      To: THEIRS,
      ...more,
    }).toString(),
  });
const question = sample('answer');
const callback = sample('events');
const message = (event: string, more: object) =>
  JSON.stringify({ event, sequence_number: '2', stream_id: 'stream-1', ...more });

const startExchange = () =>
  TexmlExchange.start({
    apiKey: API_KEY,
    accountSid: ACCOUNT,
    applicationSid: APPLICATION,
    numbers: [OURS],
    gateway: null,
  });

describeCarrier('Telnyx TeXML', {
  account: () => accountAt('http://127.0.0.1:1/v2'),
  request: (url, { body }, by) => ({
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...signedHeaders(KEYS[by], body),
    },
    body: Buffer.from(body),
    target: '/',
    urls: [url],
  }),
  signsUrl: false,
  signUpgrade: () => null,
  withField: ({ purpose, body }, name, value) => ({
    purpose,
    body: `${body}&${new URLSearchParams([[name, value]]).toString()}`,
  }),
  inboundAnswer: question({ From: THEIRS, To: OURS, CallStatus: 'ringing' }),
  outboundAnswer: question({ CallStatus: 'in-progress' }),
  callbacks: [
    ...['initiated', 'ringing', 'in-progress', 'completed'].map((CallStatus, index) =>
      callback({ CallStatus, SequenceNumber: String(index) }),
    ),
    callback({ CallStatus: 'busy', SipHangupCause: '486', HangupCause: 'user_busy' }),
    ...['no-answer', 'failed', 'canceled'].map((CallStatus) => callback({ CallStatus })),
  ],
  messages: {
    start: message('start', {
      start: {
        call_control_id: 'v3:another-name',
        media_format: { encoding: 'PCMU', sample_rate: 8000, channels: 1 },
      },
    }),
    audio: message('media', { media: { track: 'inbound', timestamp: '20', payload: 'f39/fw==' } }),
    dtmf: message('dtmf', { dtmf: { digit: '5' } }),
    mark: message('mark', { mark: { name: 'm' } }),
    stop: message('stop', {}),
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
  live: async () => {
    const exchange = await startExchange();
    exchange.behave(THEIRS, 'silent');
    return {
      account: accountAt(exchange.baseUrl),
      placed: () => exchange.calls.length,
      stop: () => exchange.stop(),
    };
  },
});

describe('the test of a TeXML account', () => {
  it('asks Telnyx for its application, and says what is wrong with it', async () => {
    const exchange = await startExchange();
    const results = async (apiKey = API_KEY, base = exchange.baseUrl) =>
      (await accountAt(base, apiKey).test.run()).map(({ result }) => result);
    const url = 'https://calls.example.com/api/v1/telephony/accounts/telnyx-texml/answer';
    for (const [application, result] of [
      [{ voice_url: url, voice_method: 'post' }, 'works'],
      [{ voice_url: url, voice_method: 'get' }, 'limited'],
      [{ voice_url: 'https://example.com/' }, 'limited'],
      [{ active: false }, 'fails'],
    ] as const) {
      exchange.application = application;
      expect(await results()).toEqual(['works', result]);
    }
    expect(await results('OTHER')).toEqual(['fails']);
    expect(await results(API_KEY, `${exchange.baseUrl}/elsewhere`)).toEqual(['fails']);
    expect(await results(API_KEY, 'http://127.0.0.1:1')).toEqual(['unknown']);
    await exchange.stop();
  });
});
