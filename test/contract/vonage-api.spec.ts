import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import type { AnswerInstruction } from '../../src/providers/answer-instruction.js';
import type { PlaceCall } from '../../src/providers/calls-port.js';
import type { SimulatedVonage } from '../../tools/carrier/vonage/rest-api.js';
import { accountAt, OURS, simulated } from '../support/vonage-fixture.js';

const THEIRS = '+14155552671';
const ANSWER =
  'https://calls.example.com/api/v1/telephony/accounts/vonage/answer?workflow_run_id=1';
const CALL: PlaceCall = {
  runId: 1,
  idempotencyKey: 'patchbay-1-1700000000000',
  to: THEIRS,
  from: OURS,
  urls: { answer: ANSWER, events: 'https://calls.example.com/events/1' },
  ringTimeoutSeconds: 60,
  maxDurationSeconds: 3_600,
  machineDetection: null,
};

describe('Vonage’s API', () => {
  let vonage: SimulatedVonage;
  beforeAll(async () => {
    vonage = await simulated();
    vonage.exchange.behave(THEIRS, { does: 'silent' });
  });
  afterAll(async () => {
    expect(vonage.exchange.violations).toEqual([]);
    await vonage.stop();
  });
  const carrier = () => accountAt(vonage.baseUrl);
  const placed = async (more: Partial<PlaceCall> = {}) => {
    const dialled = await carrier().calls.place({ ...CALL, ...more });
    if (dialled.kind !== 'accepted') throw new Error(dialled.kind);
    const call = vonage.exchange.calls.find(({ id }) => id === dialled.ids.call);
    if (!call) throw new Error('no call');
    return { ids: dialled.ids, call };
  };
  const error = (title: string) => ({ type: 'https://developer.vonage.com/api-errors#bad', title });

  it.each<[string, number, object | null, object]>([
    [
      'a wrong key',
      401,
      { type: 'UNAUTHORIZED', error_title: 'Unauthorized' },
      { kind: 'rejected', blame: 'account', code: 'UNAUTHORIZED' },
    ],
    ['no money', 402, error('Payment required'), { kind: 'rejected', blame: 'account' }],
    ['another caller', 403, error('Forbidden'), { kind: 'rejected', blame: 'account' }],
    [
      'anything else',
      400,
      error('Bad +14155552671'),
      { kind: 'rejected', blame: 'request', code: 'bad' },
    ],
    [
      'too many requests',
      429,
      error('Rate Limit Hit'),
      { kind: 'throttled', retryAfterSeconds: null },
    ],
    ['a proxy’s 429', 429, {}, { kind: 'unknown', httpStatus: 429 }],
    ['a proxy’s 403', 403, { code: 403 }, { kind: 'unknown', httpStatus: 403 }],
    ['a fault of its own', 500, error('Internal'), { kind: 'unknown', httpStatus: 500 }],
    ['a call without a name', 201, { status: 'started' }, { kind: 'unknown', httpStatus: 201 }],
    ['nothing at all', 201, null, { kind: 'unknown', httpStatus: 201 }],
  ])('says that a dial is refused for %s, as far as it does', async (_, status, body, result) => {
    vonage.fault = { path: /\/calls$/, reply: [status, body] };
    const dialled = await carrier().calls.place(CALL);
    expect(dialled).toMatchObject(result);
    expect(JSON.stringify(dialled)).not.toContain('4155552671');
  });

  it('does not know what became of a dial whose reply was lost', async () => {
    const before = vonage.exchange.calls.length;
    vonage.fault = { path: /\/calls$/, reply: 'cut' };
    expect(await carrier().calls.place(CALL)).toMatchObject({ kind: 'unknown' });
    expect(vonage.exchange.calls).toHaveLength(before + 1);
  });

  it('refuses another key, another application, and a number that is not the account’s', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const refused = { kind: 'rejected', blame: 'account' };
    const strange = accountAt(vonage.baseUrl, { privateKey });
    expect(await strange.calls.place(CALL)).toMatchObject({ ...refused, code: 'UNAUTHORIZED' });
    expect(await strange.test.run()).toMatchObject([{ name: 'credentials', result: 'fails' }]);
    const applicationId = 'bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab';
    expect(await accountAt(vonage.baseUrl, { applicationId }).calls.place(CALL)).toMatchObject(
      refused,
    );
    expect(await carrier().calls.place({ ...CALL, from: '+12025550199' })).toMatchObject(refused);
  });

  it('is asked what works: the credentials, if anybody is there', async () => {
    expect(await carrier().test.run()).toMatchObject([{ result: 'works' }]);
    vonage.fault = { path: /page_size/, reply: [500, {}] };
    expect(await carrier().test.run()).toMatchObject([{ result: 'unknown' }]);
    expect(await accountAt('http://127.0.0.1:1/v1').test.run()).toMatchObject([
      { result: 'unknown' },
    ]);
  });

  it('keeps within the limits of the carrier, and detects machines as asked', async () => {
    const { call } = await placed({
      ringTimeoutSeconds: 600,
      maxDurationSeconds: 100_000,
      machineDetection: 'detect_message_end',
    });
    expect(call.detection).toEqual({ behavior: 'continue', mode: 'detect_beep', beep_timeout: 45 });
    expect((await placed({ machineDetection: 'enable' })).call.detection).toMatchObject({
      mode: 'detect',
    });
    expect((await placed()).call.detection).toBeNull();
  });

  it('is asked what became of a call, in its own words', async () => {
    const { calls } = carrier();
    const { ids, call } = await placed();
    expect(await calls.lookUp(ids)).toMatchObject({
      kind: 'found',
      call: { callId: call.id, direction: 'outbound', from: OURS, to: THEIRS, endedAt: null },
    });
    vonage.exchange.end(call, 'busy');
    expect(await calls.lookUp(ids)).toMatchObject({
      call: { status: 'busy', providerStatus: 'busy', endedAt: expect.any(Date) },
    });
    expect(await calls.lookUp({ call: 'another' })).toEqual({ kind: 'not-found' });
    vonage.fault = { path: /calls\//, reply: [200, { uuid: call.id, status: 'strange' }] };
    expect(await calls.lookUp(ids)).toMatchObject({ kind: 'failed' });
  });

  it('instructs an answered call, presses keys in it, and does neither before', async () => {
    const { calls } = carrier();
    const { ids, call } = await placed();
    const say: AnswerInstruction = { kind: 'say-and-hangup', sentence: 'Goodbye.' };
    expect(await calls.redirect(ids, say)).toMatchObject({ kind: 'failed', retryable: false });
    expect(await calls.sendDigits(ids, '1')).toMatchObject({ kind: 'failed', retryable: false });
    vonage.exchange.answer(call);
    expect(await calls.sendDigits(ids, '12w#')).toEqual({ kind: 'accepted' });
    expect(call.digits).toEqual(['12p#']);
    expect(await calls.redirect(ids, say)).toEqual({ kind: 'accepted' });
    expect(call.said).toEqual(['Goodbye.']);
  });

  it.each([404, 400] as const)(
    'ends a call once, also where the second time is a %s',
    async (overStatus) => {
      const other = await simulated({}, { overStatus });
      other.exchange.behave(THEIRS, { does: 'silent' });
      const { calls } = accountAt(other.baseUrl);
      const dialled = await calls.place(CALL);
      if (dialled.kind !== 'accepted') throw new Error(dialled.kind);
      expect(await calls.end(dialled.ids)).toEqual({ kind: 'accepted' });
      expect(await calls.end(dialled.ids)).toEqual({ kind: 'already-ended' });
      expect(await calls.end({ call: null })).toMatchObject({ kind: 'failed', retryable: true });
      other.fault = { path: /calls\//, reply: [502, {}] };
      expect(await calls.end(dialled.ids)).toMatchObject({ kind: 'failed', retryable: true });
      await other.stop();
    },
  );
});
