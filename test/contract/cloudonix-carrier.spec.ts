import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { CloudonixCarrier } from '../../src/providers/cloudonix/cloudonix.carrier.js';
import { proven, verifyProof } from '../../src/providers/cloudonix/proof.js';
import { SimulatedCloudonix } from '../../tools/carrier/cloudonix/rest-api.js';
import { describeCarrier, type Sample } from './carrier.contract.js';

const OURS = '+12025550100';
const THEIRS = '+14155552671';
const DOMAIN = 'example.cloudonix.net';
const TOKEN = '16a7294c989b11e7b3d32b9edb8660c7';
const API_KEY = 'XI-the-key-of-the-api';
const KEYS = { account: 'cx-test-key-of-24-letters', stranger: 'cx-test-key-of-a-stranger' };
const NOWHERE = 'http://127.0.0.1:1';

const accountAt = (apiBaseUrl: string, apiKey = API_KEY) =>
  new CloudonixCarrier({
    apiBaseUrl,
    domain: DOMAIN,
    apiKey,
    webhookKey: KEYS.account,
    fromNumbers: [OURS],
    callsPerSecond: 1,
  });
const startCloudonix = () =>
  SimulatedCloudonix.start({
    domain: DOMAIN,
    apiKey: API_KEY,
    webhookKey: KEYS.account,
    numbers: [OURS],
    applicationUrl: null,
    gateway: null,
  });

const question = (more: object): Sample => ({
  purpose: 'answer',
  body: JSON.stringify({ CallSid: 'another-id', Session: TOKEN, ...more }),
});
const session = (status: string, more: object = {}): Sample => ({
  purpose: 'events',
  body: JSON.stringify({ token: TOKEN, domainId: 3, direction: 'outbound-api', status, ...more }),
});
const record = (disposition: string, more: object = {}): Sample => ({
  purpose: 'events',
  body: JSON.stringify({
    disposition,
    duration: 9,
    billsec: 7,
    session: { token: TOKEN },
    ...more,
  }),
});
const message = (event: string, more: object) =>
  JSON.stringify({ event, sequenceNumber: '2', streamSid: 'stream-1', ...more });

describeCarrier('Cloudonix', {
  account: () => accountAt(NOWHERE),
  request: (url, { body }, by) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-cx-apikey': KEYS[by] },
    body: Buffer.from(body),
    target: '/',
    urls: [url],
  }),
  signsUrl: false,
  unsigned: ['query', 'body'],
  signUpgrade: () => null,
  inboundAnswer: question({ From: '14155552671', To: '12025550100', Direction: 'inbound' }),
  outboundAnswer: question({ From: OURS, To: THEIRS, Direction: 'outbound-api' }),
  callbacks: [
    ...['new', 'processing', 'external', 'ringing', 'connected', 'answer'].map((status) =>
      session(status),
    ),
    ...['completed', 'busy', 'noanswer', 'cancel', 'nocredit', 'congestion', 'error', 'failed'].map(
      (status) => session(status),
    ),
    ...['ANSWER', 'BUSY', 'CANCEL', 'FAILED', 'CONGESTION', 'NOANSWER'].map((word) => record(word)),
  ],
  withField: ({ purpose, body }, name, value) => ({
    purpose,
    body: `${body.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`,
  }),
  messages: {
    start: message('start', {
      start: {
        streamSid: 'stream-1',
        callSid: 'another-id',
        session: TOKEN,
        accountSid: 'example',
        from: THEIRS,
        to: OURS,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { other: 'x' },
      },
    }),
    audio: message('media', { media: { track: 'inbound', timestamp: '20', payload: 'f39/fw==' } }),
    dtmf: message('dtmf', { dtmf: { track: 'inbound_track', digit: '5' } }),
    mark: null,
    stop: message('stop', { stop: { callSid: 'another-id' } }),
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
    const cloudonix = await startCloudonix();
    return {
      account: accountAt(cloudonix.baseUrl),
      placed: () => cloudonix.exchange.calls.length,
      stop: () => cloudonix.stop(),
    };
  },
});

describe('what proves that a request is Cloudonix’s', () => {
  const URL = 'https://calls.example.com/api/v1/telephony/accounts/cloudonix/events/7';
  const other = { valid: false, reason: 'mismatch' };
  const atUrl = (url: string, headers = {}) =>
    verifyProof(
      { headers, target: url.replace(/^https:\/\/[^/]*/, ''), urls: [url] },
      KEYS.account,
    );

  it.each([
    ['the key', KEYS.account, { valid: true }],
    ['another one', 'cx-test-key-of-24-letterz', other],
    ['an empty one', '', { valid: false, reason: 'missing' }],
    ['none', undefined, { valid: false, reason: 'missing' }],
    ['two', [KEYS.account, KEYS.account], { valid: false, reason: 'missing' }],
  ])('in the address of an application is x-cx-apikey: %s', (_, key, verdict) => {
    const headers = { 'x-cx-apikey': key as string };
    expect(verifyProof({ headers, target: '/', urls: [] }, KEYS.account)).toEqual(verdict);
    const nothing = { valid: false, reason: 'not-configured' };
    expect(verifyProof({ headers, target: '/', urls: [] }, '')).toEqual(nothing);
  });

  it('in the address of one call is a code that is good for it alone, and is not the key', () => {
    const asked = proven(URL, KEYS.account);
    expect(asked).not.toContain(KEYS.account);
    expect(atUrl(asked)).toEqual({ valid: true });
    expect(atUrl(`${asked}&CallSid=x`)).toEqual({ valid: true });
    expect(atUrl(asked.replace('events/7', 'events/8'))).toEqual(other);
    expect(atUrl(asked.replace(/.$/, '-'))).toEqual(other);
    expect(atUrl(asked.replace('events/7', 'events/7?x=y').replace(/\?(?=p)/, '&'))).toEqual(other);
    expect(atUrl(`${asked}&patchbay_code=x`)).toEqual(other);
    expect(atUrl(proven(URL, KEYS.stranger))).toEqual(other);
    // A code that is wrong is not made good by the key.
    expect(atUrl(`${URL}?patchbay_code=x`, { 'x-cx-apikey': KEYS.account })).toEqual(other);
  });
});

describe('what Cloudonix says', () => {
  const { ingress, calls, media } = accountAt(NOWHERE);
  const read = (body: string, purpose = 'events', type = 'application/json', target = '/') =>
    ingress.read(
      {
        method: type === '' ? 'GET' : 'POST',
        headers: { 'content-type': type },
        body: Buffer.from(body),
        target,
        urls: [],
      },
      purpose,
    );

  it.each([
    ['JSON', '', JSON.stringify({ Session: TOKEN, To: OURS, From: THEIRS }), 'application/json'],
    ['a form', '', `Session=${TOKEN}&To=%2B12025550100`, 'application/x-www-form-urlencoded'],
    ['a query', `/?Session=${TOKEN}&To=12025550100&patchbay_code=x`, '', ''],
    [
      'a session alone',
      '',
      JSON.stringify({ SessionData: { token: TOKEN }, To: OURS }),
      'application/json',
    ],
    [
      'CallSid, without a session',
      '',
      JSON.stringify({ CallSid: TOKEN, To: OURS }),
      'application/json',
    ],
  ])('is asked by %s', (_, target, body, type) => {
    const asked = read(body, 'answer', type, target);
    expect(asked).toMatchObject({
      ids: { call: TOKEN },
      question: { to: OURS, status: 'ringing' },
    });
    expect(JSON.stringify(asked)).not.toContain('patchbay_code');
  });

  it('comes alone or in a list of one', () => {
    const { body } = session('busy');
    expect(read(`[${body}]`)).toEqual(read(body));
    expect(read(`[${body},${body}]`)).toHaveProperty('malformed');
    expect(read('[]')).toHaveProperty('malformed');
  });

  it('tells when it was, and for how long', () => {
    const times = { callAnswerTime: 1_800_000_000_000, callEndTime: 1_800_000_007_400 };
    expect(read(session('completed', times).body)).toMatchObject({
      events: [
        {
          status: 'completed',
          occurredAt: new Date(1_800_000_007_400),
          durationSeconds: 7,
        },
      ],
    });
    expect(read(record('ANSWER').body)).toMatchObject({ events: [{ durationSeconds: 7 }] });
  });

  it('of a call whose record has no session is about the run in its address', () => {
    expect(read(record('BUSY', { session: null }).body)).toMatchObject({
      ids: { call: null },
      events: [{ status: 'busy' }],
    });
  });

  it('of a question without an id is nothing', () => {
    expect(read('{"To":"1"}', 'answer')).toEqual({ malformed: 'Session must be an id' });
  });

  it('a stream is known by its session, never by its callSid', () => {
    const start = { streamSid: 's', callSid: 'another-id', accountSid: 'example' };
    const decoded = (more: object) =>
      media.session().decode(JSON.stringify({ event: 'start', start: { ...start, ...more } }));
    expect(decoded({ session: TOKEN })).toMatchObject({ callId: TOKEN, accountId: null });
    expect(decoded({})).toMatchObject({ callId: null });
  });

  it('a dial needs an address to call back', async () => {
    const call = {
      runId: 1,
      idempotencyKey: 'x',
      to: THEIRS,
      from: OURS,
      urls: null,
      ringTimeoutSeconds: 30,
      maxDurationSeconds: 60,
      machineDetection: null,
    };
    expect(await calls.place(call)).toMatchObject({ kind: 'unreachable' });
  });
});

describe('beside a simulated Cloudonix', () => {
  let cloudonix: SimulatedCloudonix;
  beforeAll(async () => {
    cloudonix = await startCloudonix();
  });
  afterAll(() => cloudonix.stop());

  const place = (more: object = {}) =>
    accountAt(cloudonix.baseUrl).calls.place({
      runId: 1,
      idempotencyKey: 'x',
      to: THEIRS,
      from: OURS,
      urls: { answer: 'https://calls.example.com/a', events: 'https://calls.example.com/e' },
      ringTimeoutSeconds: 30,
      maxDurationSeconds: 60,
      machineDetection: null,
      ...more,
    });

  it.each([
    ['refused with words', [400, { message: `not ${THEIRS}` }], 'rejected', 'request'],
    ['refused for its key', [401, 'no'], 'rejected', 'account'],
    ['refused for its credit', [402, { error: 'credit' }], 'rejected', 'account'],
    ['too many', [429, {}], 'throttled', undefined],
    ['refused by somebody on the way', [404, '<html>'], 'unknown', undefined],
    ['at fault', [500, { message: 'x' }], 'unknown', undefined],
    ['without a token', [200, { domainId: 3 }], 'unknown', undefined],
    ['lost', 'cut', 'unknown', undefined],
  ] as const)('a dial that is %s', async (_, fault, kind, blame) => {
    cloudonix.fault = fault as SimulatedCloudonix['fault'];
    const result = await place();
    expect(result).toMatchObject(blame === undefined ? { kind } : { kind, blame });
    expect(JSON.stringify(result)).not.toContain(THEIRS.slice(1));
  });

  it('a call is over once its session says so, or is gone', async () => {
    const { calls } = accountAt(cloudonix.baseUrl);
    const ids = { call: TOKEN };
    for (const [fault, kind] of [
      [[200, { token: TOKEN, status: 'ringing' }], 'alive'],
      [[200, { token: TOKEN, status: 'busy' }], 'ended'],
      [[200, { token: TOKEN, callEndTime: 1_800_000_000_000 }], 'ended'],
      [[200, { token: 'another' }], 'failed'],
      [[404, ''], 'not-found'],
      [[401, ''], 'failed'],
      [[500, ''], 'failed'],
    ] as const) {
      cloudonix.fault = fault as unknown as SimulatedCloudonix['fault'];
      expect([fault, (await calls.lookUp(ids)).kind]).toEqual([fault, kind]);
    }
  });

  it('the test of an account signs in, and says that nothing is signed', async () => {
    const results = async (base: string, key = API_KEY) =>
      (await accountAt(base, key).test.run()).map(({ name, result }) => `${name} ${result}`);
    expect(await results(cloudonix.baseUrl)).toEqual(['credentials works', 'signatures limited']);
    expect(await results(cloudonix.baseUrl, 'other')).toEqual(['credentials fails']);
    expect(await results(NOWHERE)).toEqual(['credentials fails']);
    cloudonix.fault = [500, ''];
    expect(await results(cloudonix.baseUrl)).toEqual(['credentials unknown']);
  });

  it.each([
    ['no program', { destination: THEIRS, 'caller-id': OURS }, 400, 0],
    [
      'two programs',
      { destination: THEIRS, 'caller-id': OURS, url: 'https://a', cxml: '' },
      400,
      0,
    ],
    ['no caller', { destination: THEIRS, url: 'https://a' }, 403, 0],
    ['a strange caller', { destination: THEIRS, 'caller-id': THEIRS, url: 'https://a' }, 403, 0],
    ['no destination', { 'caller-id': OURS, url: 'https://a' }, 400, 0],
    ['a field of 2021', { destination: THEIRS, callerId: OURS, url: 'https://a' }, 400, 1],
  ])('the simulator refuses a dial with %s', async (_, body, status, violations) => {
    const { violations: seen } = cloudonix.exchange;
    seen.length = 0;
    const ask = (path: string, key = API_KEY) =>
      fetch(`${cloudonix.baseUrl}${path}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await ask(`/calls/${DOMAIN}/application`)).status).toBe(status);
    expect(seen).toHaveLength(violations);
    expect((await ask(`/calls/${DOMAIN}/application`, 'other')).status).toBe(401);
    expect((await ask('/calls/other/application')).status).toBe(404);
    seen.length = 0;
  });
});
