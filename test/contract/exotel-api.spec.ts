import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { DialResult } from '../../src/providers/calls-port.js';
import { ExotelCarrier } from '../../src/providers/exotel/exotel.carrier.js';
import type { ExotelAccount } from '../../src/providers/exotel/exotel.settings.js';
import { SimulatedExotel } from '../../tools/carrier/exotel/rest-api.js';

const OURS = '+918012345678';
const THEIRS = '+919812345678';
const WEBHOOK_TOKEN = 'a-token-of-24-characters';
const EVENTS = 'https://calls.example.com/api/v1/telephony/accounts/exotel/events/1';

let exotel: SimulatedExotel;
beforeAll(async () => {
  exotel = await SimulatedExotel.start({
    accountSid: 'example1',
    apiKey: 'exo_key',
    apiToken: 'exo_token',
    flowId: '123456',
    numbers: [OURS],
    appletUrl: null,
    gateway: null,
  });
});
afterEach(() => {
  expect(exotel.exchange.violations).toEqual([]);
});
afterAll(() => exotel.stop());

const carrier = (more: Partial<ExotelAccount> = {}, timeoutMs?: number) =>
  new ExotelCarrier(
    {
      apiBaseUrl: exotel.baseUrl,
      accountSid: 'example1',
      apiKey: 'exo_key',
      apiToken: 'exo_token',
      flowId: '123456',
      webhookToken: WEBHOOK_TOKEN,
      fromNumbers: [OURS],
      callsPerSecond: 1,
      ...more,
    },
    'exotel',
    timeoutMs,
  );
const dial = ({ calls }: ExotelCarrier, more: object = {}): Promise<DialResult> =>
  calls.place({
    runId: 1,
    idempotencyKey: 'patchbay-1-1',
    to: THEIRS,
    from: OURS,
    urls: { answer: EVENTS, events: EVENTS },
    ringTimeoutSeconds: 30,
    maxDurationSeconds: 100_000,
    machineDetection: null,
    ...more,
  });
const refusal = (status: number, code: string | number = status) =>
  [status, { RestException: { Status: status, Message: `about ${THEIRS}`, Code: code } }] as [
    number,
    object,
  ];

describe('a dial at Exotel', () => {
  it('asks for the flow, within its longest duration, and tells where the end is told', async () => {
    const made = await dial(carrier());
    const call = exotel.exchange.calls.at(-1);
    expect(made).toMatchObject({
      kind: 'accepted',
      ids: { call: call?.sid },
      accountId: 'example1',
    });
    expect(call).toMatchObject({ phone: THEIRS, exoPhone: OURS });
    expect(call?.statusCallback).toMatch(/\/events\/1\?token=[\w-]{43}$/);
    expect(call?.statusCallback).not.toContain(WEBHOOK_TOKEN);
  });

  it.each<[string, Partial<ExotelAccount>, object, string, number]>([
    ['wrong credentials', { apiToken: 'other' }, {}, 'account', 401],
    ['another account', { accountSid: 'example2' }, {}, 'account', 403],
    ['no such flow', { flowId: '1' }, {}, 'account', 404],
    ['a caller that is not ours', {}, { from: '+918099999999' }, 'account', 403],
    ['a number that is none', {}, { to: 'nobody' }, 'request', 400],
  ])('with %s is refused, and nothing rings', async (_, account, call, blame, httpStatus) => {
    const before = exotel.exchange.calls.length;
    const made = await dial(carrier(account), call);
    expect(made).toMatchObject({ kind: 'rejected', blame, httpStatus });
    expect(exotel.exchange.calls).toHaveLength(before);
  });

  it('that is throttled may be made again', async () => {
    exotel.fault = refusal(429);
    expect(await dial(carrier())).toEqual({ kind: 'throttled', retryAfterSeconds: null });
  });

  it('that is refused in words has its code, and no number', async () => {
    exotel.fault = refusal(400, 'EX-1');
    const made = await dial(carrier());
    expect(made).toMatchObject({ kind: 'rejected', code: 'EX-1' });
    expect(JSON.stringify(made)).not.toContain(THEIRS.slice(1));
  });

  it.each<[string, [number, object | string] | 'cut']>([
    ['is lost', 'cut'],
    ['is a proxy’s refusal', [403, '<html>Forbidden</html>']],
    ['is a server’s error', refusal(500)],
    ['leads elsewhere', [302, {}]],
    ['is XML', [200, '<TwilioResponse><Call><Sid>1</Sid></Call></TwilioResponse>']],
    ['names no call', [200, { Call: { Status: 'in-progress' } }]],
  ])('whose reply %s may ring', async (_, fault) => {
    exotel.fault = fault;
    expect(await dial(carrier())).toMatchObject({ kind: 'unknown' });
  });
});

describe('a call at Exotel', () => {
  it('that is in progress may still ring, and cannot be ended while it does', async () => {
    const { calls } = carrier();
    const made = await dial(carrier());
    if (made.kind !== 'accepted') throw new Error(made.kind);
    const found = await calls.lookUp(made.ids);
    expect(found).toMatchObject({
      kind: 'found',
      call: { status: 'initiated', providerStatus: 'in-progress', to: THEIRS, from: OURS },
    });
    expect(await calls.end(made.ids, 'cancel')).toMatchObject({ kind: 'failed', retryable: true });

    const call = exotel.exchange.calls.at(-1);
    if (!call) throw new Error('no call');
    await exotel.exchange.end(Object.assign(call, { statusCallback: null }), 'no-answer', 0);
    expect(await calls.lookUp(made.ids)).toMatchObject({ call: { status: 'no-answer' } });
    expect(await calls.end(made.ids, 'hangup')).toEqual({ kind: 'already-ended' });
  });

  it('that it does not know is over', async () => {
    const { calls } = carrier();
    expect(await calls.lookUp({ call: 'f'.repeat(32) })).toEqual({ kind: 'not-found' });
    expect(await calls.end({ call: 'f'.repeat(32) }, 'hangup')).toEqual({ kind: 'already-ended' });
    expect(await calls.lookUp({ call: null })).toMatchObject({ kind: 'failed' });
  });

  it('of which it says nothing now may be asked about again', async () => {
    exotel.fault = refusal(500);
    expect(await carrier().calls.end({ call: 'f'.repeat(32) }, 'hangup')).toMatchObject({
      kind: 'failed',
      retryable: true,
    });
  });
});

describe('what the doctor finds', () => {
  const found = async (more: Partial<ExotelAccount> = {}) =>
    (await carrier(more).test.run()).map(({ name, result }) => `${name}: ${result}`);

  it('of an account that works, whose requests nobody signs', async () => {
    expect(await found()).toEqual(['credentials: works', 'signatures: limited']);
  });

  it('of credentials that do not', async () => {
    expect(await found({ apiToken: 'other' })).toEqual(['credentials: fails']);
    expect(await found({ apiBaseUrl: 'http://127.0.0.1:1/v1' })).toEqual(['credentials: fails']);
    exotel.fault = [502, 'bad gateway'];
    expect(await found()).toEqual(['credentials: unknown']);
  });
});

describe('the simulation', () => {
  const ask = async (method: string, path: string, body?: string, type?: string) => {
    const reply = await fetch(`${exotel.baseUrl}/Accounts/example1/Calls/${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from('exo_key:exo_token').toString('base64')}`,
        connection: 'close',
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body }),
    });
    return [reply.status, exotel.exchange.violations.splice(0)];
  };
  const form = 'application/x-www-form-urlencoded';
  const url = encodeURIComponent('http://my.exotel.com/example1/exoml/start_voice/123456');
  const whole = `From=%2B919812345678&CallerId=%2B918012345678&Url=${url}`;

  it('takes a dial that has all that it needs', async () => {
    expect(await ask('POST', 'connect.json', whole, form)).toEqual([200, []]);
  });

  it.each([
    ['without a form', 'POST', 'connect.json', '{}', 'application/json', 400, 1],
    ['with a field that Exotel has not', 'POST', 'connect.json', `${whole}&Twiml=x`, form, 400, 1],
    ['with a stream beside a flow', 'POST', 'connect.json', `${whole}&StreamUrl=x`, form, 400, 1],
    ['for too long', 'POST', 'connect.json', `${whole}&TimeLimit=14401`, form, 400, 0],
    ['without a flow', 'POST', 'connect.json', whole.replace(/&Url.*/, ''), form, 400, 0],
    ['whose reply would be XML', 'POST', 'connect', whole, form, 404, 0],
    ['to end a call', 'DELETE', `${'f'.repeat(32)}.json`, undefined, undefined, 404, 1],
  ])('refuses a request %s', async (_, method, path, body, type, status, violations) => {
    const [got, seen] = await ask(method, path, body, type);
    expect(got).toBe(status);
    expect(seen).toHaveLength(violations);
  });
});
