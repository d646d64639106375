import { afterEach, describe, expect, it } from '@jest/globals';
import { accountAt, AUTH_ID, OURS, TOKENS } from '../support/plivo-fixture.js';
import { PlivoExchange } from '../../tools/carrier/plivo/exchange.js';
import type { Doubts, Fault } from '../../tools/carrier/plivo/exchange-options.js';
import { PLIVO_FACE, VOBIZ_FACE, type Face } from '../../tools/carrier/plivo/faces.js';
import type { PlaceCall } from '../../src/providers/calls-port.js';
import { VOBIZ } from '../../src/providers/vobiz/vobiz.dialect.js';
import { PLIVO } from '../../src/providers/plivo/dialect.js';

const URLS = {
  answer: 'https://gw.example.com/answer?workflow_run_id=1',
  events: 'https://gw.example.com/events/1',
};
const CALL: PlaceCall = {
  runId: 1,
  idempotencyKey: 'patchbay-1-1',
  to: '+14155552671',
  from: OURS,
  urls: URLS,
  ringTimeoutSeconds: 45,
  maxDurationSeconds: 3_600,
  machineDetection: 'enable',
};
let exchange: PlivoExchange;

const begin = async (face: Face = PLIVO_FACE, doubts: Partial<Doubts> = {}) => {
  const options = { face, authId: AUTH_ID, authToken: TOKENS.account, numbers: [OURS] };
  exchange = await PlivoExchange.start({ ...options, gateway: null }, doubts);
  exchange.courier.delivery = 'lost';
  return accountAt(face.kind === 'plivo' ? PLIVO : VOBIZ, exchange.apiUrl);
};

afterEach(() => exchange.stop());

describe.each([
  ['Plivo', PLIVO_FACE],
  ['Vobiz', VOBIZ_FACE],
])('a dial at %s', (_, face) => {
  it.each<Partial<Doubts>>([
    { placedStatus: 200 },
    { placedStatus: 201, requestAsList: true },
    { placedStatus: 202, oneId: true },
  ])('is accepted, whatever the reply looks like: %j', async (doubts) => {
    const { calls } = await begin(face, doubts);
    const result = await calls.place(CALL);
    const [call] = exchange.calls;
    expect(result).toEqual({
      kind: 'accepted',
      ids: { call: null, request: call?.requestId },
      accountId: AUTH_ID,
      httpStatus: doubts.placedStatus,
    });
    const { addressed } = face.kind === 'plivo' ? PLIVO : VOBIZ;
    const [answer, events] = [addressed(URLS.answer), addressed(URLS.events)];
    expect(call?.urls).toEqual({ answer, ring: events, hangup: events, machine: events });
    expect(exchange.violations).toEqual([]);
  });

  it.each<[Fault, object]>([
    [
      { status: 400, body: '{"api_id":"1","error":"to 14155552671"}' },
      { kind: 'rejected', blame: 'request', message: 'to [number]' },
    ],
    [
      { status: 401, body: '{"api_id":"1","error":"no"}' },
      { kind: 'rejected', blame: 'account', code: '401' },
    ],
    [
      { status: 402, body: '{"api_id":"1","error":"no balance"}' },
      { kind: 'rejected', blame: 'account' },
    ],
    [{ status: 429, body: '{"api_id":"1","error":"slow"}' }, { kind: 'throttled' }],
    [
      { status: 500, body: '{"api_id":"1","error":"x"}' },
      { kind: 'unknown', httpStatus: 500 },
    ],
    // Not in the carrier's own words: somebody in between may have refused what the carrier has done.
    [
      { status: 403, body: '<html>' },
      { kind: 'unknown', httpStatus: 403 },
    ],
    [
      { status: 201, body: '<html>' },
      { kind: 'unknown', httpStatus: 201 },
    ],
    [
      { status: 201, body: '{"message":"call fired"}' },
      { kind: 'unknown', httpStatus: 201 },
    ],
    ['reply-lost', { kind: 'unknown', httpStatus: null }],
  ])('is refused, put off or uncertain: %j', async (fault, result) => {
    const { calls } = await begin(face);
    exchange.fault = fault;
    expect(await calls.place(CALL)).toMatchObject(result);
  });

  it.each<Partial<Doubts>>([{ refusalAs: 'json' }, { refusalAs: 'text' }])(
    'with a wrong token: %j',
    async (doubts) => {
      await begin(face, doubts);
      const dialect = face.kind === 'plivo' ? PLIVO : VOBIZ;
      const { calls, diagnostics, test } = accountAt(dialect, exchange.apiUrl, {
        authToken: 'wrong',
      });
      const isOwn = face.kind === 'plivo' || doubts.refusalAs === 'json';
      const refused = { kind: 'rejected', blame: 'account' };
      // In whose words Vobiz refuses is not documented: a text alone may be somebody else's.
      expect(await calls.place(CALL)).toMatchObject(isOwn ? refused : { kind: 'unknown' });
      expect(exchange.calls).toEqual([]);
      if (diagnostics) expect(await diagnostics.account()).toMatchObject({ kind: 'refused' });
      else expect((await test?.run())?.[0]?.result).toBe(isOwn ? 'fails' : 'unknown');
    },
  );
});

describe('a call at Plivo', () => {
  const placed = async (doubts: Partial<Doubts> = {}) => {
    const { calls } = await begin(PLIVO_FACE, doubts);
    await calls.place(CALL);
    const [call] = exchange.calls;
    if (!call) throw new Error('nothing was placed');
    return { calls, call, request: call.requestId ?? '' };
  };

  it('that rings is cancelled by its request, one that was answered by its own id', async () => {
    const { calls, call, request } = await placed();
    await exchange.ring(call);
    expect(await calls.end({ call: call.id, request }, 'cancel')).toEqual({ kind: 'accepted' });
    expect(call.ending?.status).toBe('cancel');

    await calls.place(CALL);
    const answered = exchange.calls.at(-1);
    if (!answered) throw new Error('nothing was placed');
    answered.state = 'in-progress';
    const ids = { call: answered.id, request: answered.requestId ?? '' };
    // As far as we know it rings.
    expect(await calls.end(ids, 'cancel')).toEqual({ kind: 'accepted' });
    expect(answered.ending?.status).toBe('completed');
    expect(await calls.end(ids, 'hangup')).toEqual({ kind: 'already-ended' });
  });

  it('is alive, or is not', async () => {
    const { calls, call, request } = await placed();
    expect(await calls.lookUp({ call: null, request })).toEqual({ kind: 'alive' });
    await exchange.ring(call);
    const ids = { call: call.id, request };
    expect(await calls.lookUp(ids)).toEqual({ kind: 'alive' });
    await exchange.end(call, 'busy');
    expect(await calls.lookUp(ids)).toEqual({ kind: 'ended' });
    exchange.fault = { status: 503, body: '' };
    expect(await calls.lookUp(ids)).toMatchObject({ kind: 'failed' });
    expect(await calls.lookUp({ call: null })).toMatchObject({ kind: 'failed' });
  });

  it('that is not answered yet is not redirected, and is told only what it can ask for', async () => {
    const { calls, call } = await placed();
    await exchange.ring(call);
    const token = { token: 't', notice: null, streamUrl: 'wss://gw.example.com/ws/1/2/3' };
    const stream = { kind: 'stream' as const, actionUrl: URLS.answer, ...token };
    expect(await calls.redirect({ call: call.id }, stream)).toMatchObject({ retryable: false });
    const sentence = { kind: 'say-and-hangup' as const, sentence: 'x' };
    expect(await calls.redirect({ call: call.id }, sentence)).toMatchObject({ retryable: false });
    exchange.fault = { status: 429, body: '{"api_id":"1"}' };
    expect(await calls.redirect({ call: call.id }, stream)).toMatchObject({ retryable: true });
    exchange.fault = { status: 429, body: '{"api_id":"1"}' };
    expect(await calls.sendDigits({ call: call.id }, '1')).toMatchObject({ retryable: false });
  });
});

describe('the numbers of an account at Plivo', () => {
  const urls = { answer: 'https://gw.example.com/answer', events: 'https://gw.example.com/events' };

  it('are given an application, which is found again', async () => {
    const account = await begin();
    const { numbersPort: port, diagnostics } = account;
    const wanted = port?.urlsFor(urls) ?? { answerUrl: '', statusCallbackUrl: '' };
    expect(await port?.configure(OURS, wanted)).toEqual({ kind: 'configured' });
    expect(await port?.configure(OURS, wanted)).toEqual({ kind: 'configured' });
    expect(exchange.numbers.applications).toHaveLength(1);
    expect(await diagnostics?.ownedNumbers()).toEqual({
      kind: 'found',
      numbers: [{ number: OURS, ...wanted, statusCallbackMethod: 'POST', overriddenBy: null }],
    });
    expect(await port?.configure('+12025550199', wanted)).toEqual({ kind: 'not-found' });
    exchange.fault = { status: 500, body: '' };
    expect(await port?.configure(OURS, wanted)).toMatchObject({ kind: 'failed' });
  });

  it('and its state and its clock are asked for', async () => {
    const { diagnostics } = await begin();
    expect(await diagnostics?.account()).toEqual({
      kind: 'found',
      active: true,
      status: 'active',
      trial: false,
    });
    expect(await diagnostics?.time()).toMatchObject({ kind: 'found' });
    expect(await diagnostics?.alerts()).toMatchObject({ kind: 'not-allowed' });
    const body = JSON.stringify({
      api_id: '1',
      auth_id: AUTH_ID,
      billing_mode: 'prepaid',
      cash_credits: '0.0',
      account_type: 'developer',
    });
    exchange.fault = { status: 200, body };
    expect(await diagnostics?.account()).toMatchObject({
      active: false,
      status: 'out of credit',
      trial: true,
    });
    exchange.fault = { status: 200, body: '{"auth_id":"another"}' };
    expect(await diagnostics?.account()).toMatchObject({ kind: 'failed' });
  });
});
