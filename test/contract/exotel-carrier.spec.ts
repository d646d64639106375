import { describe, expect, it } from '@jest/globals';
import { ExotelCarrier } from '../../src/providers/exotel/exotel.carrier.js';
import { proven, verifyProof } from '../../src/providers/exotel/proof.js';
import { SimulatedExotel } from '../../tools/carrier/exotel/rest-api.js';
import { describeCarrier, type Sample } from './carrier.contract.js';

const OURS = '+918012345678';
const CALL = 'c5c2d9b3f2a84b0d9f7a1a2b3c4d5e6f';
const TOKENS = {
  account: 'token-of-the-account-0123456789',
  stranger: 'token-of-a-stranger-0123456789',
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const accountAt = (apiBaseUrl: string) =>
  new ExotelCarrier({
    apiBaseUrl,
    accountSid: 'example1',
    apiKey: 'exo_key',
    apiToken: 'exo_token',
    flowId: '123456',
    webhookToken: TOKENS.account,
    fromNumbers: [OURS],
    callsPerSecond: 1,
  });

const sample = (purpose: string, more: Record<string, string>): Sample => ({
  purpose,
  body: new URLSearchParams({ CallSid: CALL, ...more }).toString(),
});
const status = (Status: string) => sample('events', { Status, DateUpdated: '2026-11-27 15:30:00' });
const message = (event: string, more: object) =>
  JSON.stringify({ event, sequence_number: '2', stream_sid: 'stream-1', ...more });

describeCarrier('Exotel', {
  account: () => accountAt('http://127.0.0.1:1/v1'),
  request: (url, { body }, by) => {
    const asked = proven(url, TOKENS[by]);
    return {
      method: 'POST',
      headers: FORM,
      body: Buffer.from(body),
      target: asked.replace(/^https?:\/\/[^/]*/, ''),
      urls: [asked],
    };
  },
  provesIn: 'target',
  signsUrl: true,
  unsigned: ['body'],
  signUpgrade: () => null,
  inboundAnswer: sample('answer', {
    CallFrom: '09812345678',
    CallTo: '08012345678',
    Direction: 'incoming',
  }),
  outboundAnswer: sample('answer', { CallFrom: '09812345678', Direction: 'outbound-dial' }),
  callbacks: [
    status('completed'),
    status('busy'),
    status('no-answer'),
    status('failed'),
    status('canceled'),
    status('in-progress'),
    sample('events', { RecordingUrl: 'https://recordings.example.com/1' }),
  ],
  withField: ({ purpose, body }, name, value) => ({
    purpose,
    body: `${body}&${new URLSearchParams([[name, value]]).toString()}`,
  }),
  messages: {
    start: message('start', {
      start: {
        stream_sid: 'stream-1',
        call_sid: CALL,
        account_sid: 'example1',
        from: '09812345678',
        to: '08012345678',
        custom_parameters: { other: 'x' },
        media_format: { encoding: 'base64', sample_rate: '8000', bit_rate: '128kbps' },
      },
    }),
    audio: message('media', { media: { chunk: '1', timestamp: '20', payload: 'AAEAAQ==' } }),
    dtmf: message('dtmf', { dtmf: { digit: '5', duration: '100' } }),
    mark: message('mark', { mark: { name: 'm' } }),
    stop: message('stop', { stop: { call_sid: CALL, reason: 'callended' } }),
  },
  readAnswer: ({ body }) =>
    body === '' ? [] : Object.values(JSON.parse(body) as Record<string, string>),
  live: async () => {
    const exotel = await SimulatedExotel.start({
      accountSid: 'example1',
      apiKey: 'exo_key',
      apiToken: 'exo_token',
      flowId: '123456',
      numbers: [OURS],
      appletUrl: null,
      gateway: null,
    });
    return {
      account: accountAt(exotel.baseUrl),
      placed: () => exotel.exchange.calls.length,
      stop: () => exotel.stop(),
    };
  },
});

describe('the proof in an address that is given to Exotel', () => {
  const URL = 'https://calls.example.com/api/v1/telephony/accounts/exotel/events/7';
  const verdict = (url: string, known = url) =>
    verifyProof({ target: url.replace(/^https:\/\/[^/]*/, ''), urls: [known] }, TOKENS.account);
  const other = { valid: false, reason: 'mismatch' };

  it('is good for this address alone, and is not the token', () => {
    const asked = proven(URL, TOKENS.account);
    expect(asked).not.toContain(TOKENS.account);
    expect(verdict(asked)).toEqual({ valid: true });
    expect(verdict(asked.replace('events/7', 'events/8'))).toEqual(other);
    expect(verdict(`${asked}x`)).toEqual(other);
    expect(verdict(`${asked}&token=x`)).toEqual(other);
    expect(verdict(proven(URL, TOKENS.stranger))).toEqual(other);
  });

  it('is the token itself in the address that a person has entered, whatever is added to it', () => {
    const asked = `${URL}?token=${TOKENS.account}&CallSid=${CALL}`;
    expect(verdict(asked)).toEqual({ valid: true });
    expect(verdict(asked.replace(TOKENS.account, TOKENS.stranger))).toEqual(other);
    expect(verdict(asked.replace(/token=[^&]*&/, ''))).toEqual({ valid: false, reason: 'missing' });
  });

  it('is nothing without a token of ours, also an empty one', () => {
    const target = '/?token=';
    expect(verifyProof({ target, urls: [] }, '')).toMatchObject({ reason: 'not-configured' });
    expect(verifyProof({ target, urls: [] }, 'x')).toMatchObject({ reason: 'missing' });
  });
});

describe('what Exotel says', () => {
  const { ingress, calls, media } = accountAt('http://127.0.0.1:1/v1');
  const read = (type: string, body: string, purpose = 'events') =>
    ingress.read(
      {
        method: 'POST',
        headers: { 'content-type': type },
        body: Buffer.from(body),
        target: `/?token=${TOKENS.account}`,
        urls: [],
      },
      purpose,
    );

  it.each([
    ['a form', FORM['content-type'], `CallSid=${CALL}&Status=busy`],
    ['JSON', 'application/json; charset=utf-8', JSON.stringify({ CallSid: CALL, Status: 'busy' })],
    [
      'parts',
      'multipart/form-data; boundary=b0',
      ['CallSid', CALL, 'Status', 'busy']
        .reduce<string[]>((parts, text, at, all) => {
          if (at % 2 === 0) {
            parts.push(
              `--b0\r\nContent-Disposition: form-data; name="${text}"\r\n\r\n${all[at + 1] ?? ''}\r\n`,
            );
          }
          return parts;
        }, [])
        .join('') + '--b0--\r\n',
    ],
  ])('is read from %s, and our token is not kept', (_, type, body) => {
    expect(read(type, body)).toMatchObject({
      ids: { call: CALL },
      events: [{ status: 'busy', payload: { CallSid: CALL, Status: 'busy' } }],
    });
    expect(JSON.stringify(read(type, body))).not.toContain(TOKENS.account);
  });

  it('numbers are read as E.164', () => {
    const asked = read(
      FORM['content-type'],
      `CallSid=${CALL}&CallFrom=09812345678&CallTo=918012345678&Direction=incoming`,
      'answer',
    );
    expect(asked).toMatchObject({
      question: { direction: 'inbound', from: '+919812345678', to: OURS, status: 'ringing' },
    });
  });

  it('without a call is nothing', () => {
    expect(read(FORM['content-type'], 'Status=busy')).toEqual({
      malformed: 'CallSid must be an id',
    });
  });

  it.each([
    [{ encoding: 'raw', sample_rate: 16000 }, 16000],
    [{ encoding: 'audio/x-raw', sample_rate: '24000' }, 24000],
    [{ encoding: 'audio/x-mulaw', sample_rate: 8000 }, null],
    [{ encoding: 'raw', sample_rate: 11025 }, null],
  ])('of the format %j is heard at %s', (media_format, rate) => {
    const codec = media.session();
    const start = { stream_sid: 's', call_sid: CALL, media_format };
    const { kind } = codec.decode(JSON.stringify({ event: 'start', start }));
    expect(kind).toBe(rate === null ? 'invalid' : 'start');
    if (rate !== null) expect(codec.format.out).toEqual({ codec: 'pcm16le', rate });
  });

  it('a dial needs an address to call back', async () => {
    const call = {
      runId: 1,
      idempotencyKey: 'x',
      to: '+919812345678',
      from: OURS,
      urls: null,
      ringTimeoutSeconds: 30,
      maxDurationSeconds: 60,
      machineDetection: null,
    };
    expect(await calls.place(call)).toMatchObject({ kind: 'unreachable' });
  });
});
