import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SimulatedTelnyx } from '../../tools/carrier/telnyx/rest-api.js';
import type { PlaceCall } from '../../src/providers/calls-port.js';
import { TelnyxCarrier } from '../../src/providers/telnyx/telnyx.carrier.js';
import type { TelnyxAccount } from '../../src/providers/telnyx/telnyx.settings.js';

const OURS = '+12025550100';
const THEIRS = '+14155552671';
const WEBHOOK = 'https://calls.example.com/api/v1/telephony/accounts/telnyx/events';
const CALL: PlaceCall = {
  runId: 1,
  idempotencyKey: 'patchbay-1-1700000000000',
  to: THEIRS,
  from: OURS,
  urls: { answer: WEBHOOK, events: `${WEBHOOK}/1` },
  ringTimeoutSeconds: 60,
  maxDurationSeconds: 3_600,
  machineDetection: null,
};

describe('Telnyx’s API', () => {
  let telnyx: SimulatedTelnyx;
  let carrier: TelnyxCarrier;
  const accountWith = (more: Partial<TelnyxAccount> = {}) =>
    new TelnyxCarrier({
      apiBaseUrl: telnyx.baseUrl,
      apiKey: 'KEY',
      publicKey: telnyx.publicKey,
      connectionId: '12345',
      fromNumbers: [OURS],
      callsPerSecond: 1,
      ...more,
    });
  beforeAll(async () => {
    telnyx = await SimulatedTelnyx.start({
      apiKey: 'KEY',
      connectionId: '12345',
      numbers: [OURS],
      gateway: null,
      webhookUrl: WEBHOOK,
    });
    telnyx.exchange.behave(THEIRS, { does: 'silent' });
  });
  afterAll(() => telnyx.stop());
  beforeEach(() => {
    carrier = accountWith();
  });
  const error = (code: unknown, pointer?: string) => ({
    errors: [{ code, title: 'Refused +14155552671', source: { pointer } }],
  });

  it.each<[string, number, object, object]>([
    ['a wrong key', 401, error('10009'), { kind: 'rejected', blame: 'account', code: '10009' }],
    ['no money', 402, error('20100'), { kind: 'rejected', blame: 'account' }],
    ['another caller', 422, error('10015', '/from'), { kind: 'rejected', blame: 'account' }],
    ['a wrong number', 422, error(10016, '/to'), { kind: 'rejected', blame: 'callee' }],
    ['anything else', 422, error('10015', '/x'), { kind: 'rejected', blame: 'request' }],
    ['too many requests', 429, error('10011'), { kind: 'throttled', retryAfterSeconds: null }],
    ['a proxy’s 429', 429, {}, { kind: 'unknown', httpStatus: 429 }],
    ['a proxy’s 403', 403, { code: 403 }, { kind: 'unknown', httpStatus: 403 }],
    ['a fault of its own', 500, error('10007'), { kind: 'unknown', httpStatus: 500 }],
    ['a call without a name', 200, { data: {} }, { kind: 'unknown', httpStatus: 200 }],
    ['no object', 200, {}, { kind: 'unknown', httpStatus: 200 }],
  ])('says that a dial is refused for %s, as far as it does', async (_, status, body, result) => {
    telnyx.fault = { path: /\/calls$/, reply: [status, body] };
    const placed = await carrier.calls.place(CALL);
    expect(placed).toMatchObject(result);
    expect(JSON.stringify(placed)).not.toContain('4155552671');
  });

  it('refuses a strange key, an application that is none, and a number that is not the account’s', async () => {
    const place = (more: Partial<TelnyxAccount>, call: Partial<PlaceCall> = {}) =>
      accountWith(more).calls.place({ ...CALL, ...call });
    const refused = { kind: 'rejected', blame: 'account' };
    expect(await place({ apiKey: 'OTHER' })).toMatchObject({ ...refused, code: '10009' });
    expect(await place({ connectionId: '1' })).toMatchObject({ ...refused, code: '90015' });
    expect(await place({}, { from: '+12025550199' })).toMatchObject(refused);
    expect(telnyx.exchange.violations).toEqual([]);
  });

  it('whose reply was lost may have carried out what was asked', async () => {
    telnyx.fault = { path: /\/calls$/, reply: 'cut' };
    expect(await carrier.calls.place(CALL)).toMatchObject({ kind: 'unknown', httpStatus: null });
  });

  it('carries out a command that comes twice once; a call that rings can only be ended', async () => {
    const placed = await carrier.calls.place({ ...CALL, machineDetection: 'enable' });
    if (placed.kind !== 'accepted') throw new Error(placed.kind);
    const call = telnyx.exchange.calls.at(-1);
    expect(call).toMatchObject({ detection: 'detect' });
    expect(await carrier.calls.sendDigits(placed.ids, '1')).toMatchObject({
      kind: 'failed',
      retryable: false,
    });
    telnyx.fault = { path: /hangup$/, reply: [500, {}] };
    expect(await carrier.calls.end(placed.ids)).toMatchObject({ kind: 'failed', retryable: true });
    expect(await carrier.calls.end(placed.ids)).toEqual({ kind: 'accepted' });
    expect(call?.cause).toBe('originator_cancel');
  });

  it.each(['ok', 'refused'] as const)(
    'takes a call once, where a repetition is %s',
    async (repeats) => {
      const other = await SimulatedTelnyx.start({ ...telnyx.exchange.options, repeats });
      const account = accountWith({ apiBaseUrl: other.baseUrl });
      const call = other.exchange.callIn(THEIRS, OURS);
      const asked = {
        direction: 'inbound',
        status: 'ringing',
        from: THEIRS,
        to: OURS,
        providerStatus: null,
        answeredBy: null,
        payload: { id: 'event-1' },
      } as const;
      const stream = {
        kind: 'stream',
        streamUrl: 'wss://calls.example.com/api/v1/telephony/ws/1/1/1/token',
        actionUrl: WEBHOOK,
        token: 'token',
        notice: null,
      } as const;
      const give = () => account.ingress.perform(stream, { call: call.id }, asked);
      expect(await give()).toEqual({ kind: 'done' });
      await give();
      expect(call.commands.filter((name) => name === 'answer')).toHaveLength(1);
      expect(call.state).toBe('answered');
      other.exchange.violations.length = 0;
      await other.stop();
    },
  );

  it('is asked by the test of an account what is wrong with it', async () => {
    const results = async (more: Partial<TelnyxAccount> = {}) =>
      (await accountWith(more).test.run()).map(({ name, result }) => [name, result]);
    const works = [
      ['credentials', 'works'],
      ['application', 'works'],
      ['numbers', 'works'],
    ];
    expect(await results()).toEqual(works);
    expect(await results({ fromNumbers: [OURS, '+12025550199'] })).toEqual([
      works[0],
      works[1],
      ['numbers', 'limited'],
    ]);
    expect(await results({ apiKey: 'OTHER' })).toEqual([['credentials', 'fails']]);
    expect(await results({ connectionId: '1' })).toEqual([['credentials', 'fails']]);
    expect(await results({ apiBaseUrl: 'http://127.0.0.1:1' })).toEqual([
      ['credentials', 'unknown'],
    ]);
    const reply = (data: object) => {
      telnyx.fault = { path: /applications/, reply: [200, { data }] };
    };
    reply({ active: false });
    expect((await results())[1]).toEqual(['application', 'fails']);
    reply({ active: true, webhook_api_version: '1' });
    expect((await results())[1]).toEqual(['application', 'fails']);
    reply({ active: true, webhook_api_version: '2', webhook_event_url: 'https://example.com/' });
    expect((await results())[1]).toEqual(['application', 'limited']);
  });
});
