import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { likeness, tones } from '../../tools/asterisk/likeness.js';
import { FRAME_BYTES } from '../../tools/carrier/vonage/media-socket.js';
import { signedToken } from '../../tools/carrier/vonage/signing.js';
import type { VonageCall } from '../../tools/carrier/vonage/vonage-call.js';
import type { Doubts, PhoneBehaviour } from '../../tools/carrier/vonage/vonage-options.js';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, PUBLIC_ORIGIN, THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { startVonageGateway, type VonageGateway } from '../support/vonage-gateway.js';

let lastNumber = 0;
const aNumber = (): string => `+1202555${String(8_000 + lastNumber++)}`;
const SECONDS = 2;
const SPOKEN = decodeMulaw(encodeMulaw(tones(SECONDS, 1)));

/** 8 kHz as 16 kHz: each sample twice. */
function framesOf(samples: Int16Array): Buffer[] {
  const wide = Buffer.alloc(samples.length * 4);
  for (const [at, sample] of samples.entries()) {
    wide.writeInt16LE(sample, at * 4);
    wide.writeInt16LE(sample, at * 4 + 2);
  }
  return Array.from({ length: Math.floor(wide.length / FRAME_BYTES) }, (_, at) =>
    wide.subarray(at * FRAME_BYTES, (at + 1) * FRAME_BYTES),
  );
}

/** 16 kHz as 8 kHz. */
function samplesOf(frames: readonly Buffer[]): Int16Array {
  const bytes = Buffer.concat(frames);
  return Int16Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) =>
    Math.round((bytes.readInt16LE(at * 4) + bytes.readInt16LE(at * 4 + 2)) / 2),
  );
}

const USUAL: Partial<Doubts> = {};
const OTHERWISE: Partial<Doubts> = {
  repeats: 'same-token',
  replaced: 'disconnected',
  overStatus: 400,
  notifiesCleared: true,
  upgradeHash: '{}',
  tellsLegsTwice: true,
  audioFirst: true,
  hashText: 'escaped',
};

/** The whole service, over real HTTP and sockets, beside a simulated Vonage, with what is not documented both ways. */
describe.each([
  ['as we read its documents', USUAL, 'POST'],
  ['otherwise', OTHERWISE, 'GET'],
] as const)('a call through a Vonage that does %s', (_, doubts, answerMethod) => {
  let gateway: VonageGateway;
  let api: Api;
  const exchange = () => gateway.vonage.exchange;
  const usual = () => exchange().webhooks.delivery;
  let delivery: ReturnType<typeof usual>;

  beforeAll(async () => {
    gateway = await startVonageGateway({ answerMethod }, doubts);
    delivery = { ...usual() };
    api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
  });
  afterAll(() => gateway.stop());
  afterEach(() => {
    exchange().webhooks.delivery = { ...delivery };
    expect(exchange().violations.splice(0)).toEqual([]);
  });

  const place = async (
    phone: PhoneBehaviour = {},
    more: Record<string, unknown> = {},
  ): Promise<[CallJson, VonageCall]> => {
    const to = aNumber();
    exchange().behave(to, phone);
    const run = await api.place({ to, ...more });
    const call = exchange().calls.find((one) => `+${one.to}` === to);
    if (!call) throw new Error('nothing was dialled');
    return [run, call];
  };
  /** Answered, and its stream open. */
  const connected = async (
    phone: PhoneBehaviour = {},
    more: Record<string, unknown> = {},
  ): Promise<[CallJson, VonageCall]> => {
    const [run, call] = await place(phone, more);
    await api.until(run.workflow_run_id, ({ streaming }) => streaming);
    return [run, call];
  };
  const transfer = (run: CallJson, to: string) =>
    api.request('POST', `/telephony/calls/${run.workflow_run_id}/transfer`, { to });
  const hangUp = async (run: CallJson) => {
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    return api.over(run.workflow_run_id);
  };

  it('is heard both ways, in messages of one size', async () => {
    const [run, call] = await connected();
    expect(run).toMatchObject({
      provider: 'vonage',
      account: 'vonage',
      provider_call_id: call.id,
    });
    call.stream?.say(framesOf(SPOKEN));
    const alike = () => likeness(SPOKEN, samplesOf(call.stream?.heard ?? []));
    await until(() => alike().windows >= 12, 'enough of the echo is heard');
    expect(alike().atBest).toBeGreaterThan(0.95);
    exchange().hangUp(call);
    const ended = await api.over(run.workflow_run_id);
    expect(ended).toMatchObject({ status: 'completed', end_reason: 'caller_hangup' });
    await until(() => call.stream?.closedWith !== null, 'the socket is closed');
    const statuses = (await api.call(run.workflow_run_id)).events.map(({ status }) => status);
    for (const status of ['initiated', 'ringing', 'answered', 'completed']) {
      expect(statuses).toContain(status);
    }
    expect(call.changes).toEqual([]);
  });

  it('that comes in is answered by what its question is told', async () => {
    const call = exchange().callIn(THEIR_NUMBER, OUR_NUMBER);
    await until(() => (call.stream?.heard.length ?? 0) > 5, 'the caller hears the agent');
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${call.id}`,
    );
    const [run] = body.data as [CallJson];
    expect(run).toMatchObject({ direction: 'inbound', from: THEIR_NUMBER, to: OUR_NUMBER });
    exchange().hangUp(call);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'completed' });
  });

  it('to a number that nobody has claimed is not answered', async () => {
    const call = exchange().callIn(THEIR_NUMBER, aNumber());
    await until(() => call.state === 'over');
    expect([call.answeredAt, call.ended, call.streams]).toEqual([null, 'rejected', []]);
    await exchange().webhooks.idle();
    // What it tells of a call that is none of ours is not kept.
    for (const one of exchange().violations.splice(0)) expect(one).toContain('404');
  });

  it.each<[NonNullable<PhoneBehaviour['does']>, string, string]>([
    ['busy', 'busy', 'busy'],
    ['rejects', 'failed', 'failed'],
    ['unavailable', 'no-answer', 'no_answer'],
    ['broken', 'failed', 'failed'],
  ])('of a phone that is %s ends as %s, whatever comes first', async (does, status, reason) => {
    for (const completedFirst of [false, true]) {
      exchange().webhooks.delivery = { ...delivery, completedFirst, doubled: completedFirst };
      const [run, call] = await place({ does });
      await api.over(run.workflow_run_id);
      await until(() => call.state === 'over');
      await exchange().webhooks.idle();
      expect(await api.call(run.workflow_run_id)).toMatchObject({
        status,
        end_reason: reason,
        duration_seconds: 0,
      });
    }
  });

  it('that nobody takes ends as no-answer; that is given up, as canceled', async () => {
    const [unheard, ringing] = await place({ does: 'silent' });
    exchange().end(ringing, 'timeout');
    expect(await api.over(unheard.workflow_run_id)).toMatchObject({ status: 'no-answer' });
    const [run, call] = await place({ does: 'silent' });
    expect(await hangUp(run)).toMatchObject({ status: 'canceled' });
    expect(call.ended).toBe('cancelled');
  });

  it('is hung up from our side, after keys were pressed in it', async () => {
    // An agent that says nothing: keys are pressed after what is said before them.
    const menu = { start: 'wait', steps: { wait: { keys: { 1: 'wait' }, timeout_seconds: 60 } } };
    const made = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Silent',
      agent: 'menu',
      agent_options: menu,
    });
    const [run, call] = await connected({}, { workflow_id: made.body.workflow_id });
    const path = `/telephony/calls/${run.workflow_run_id}`;
    await api.request('POST', `${path}/digits`, { digits: '12w#' });
    await until(() => call.digits.length > 0, 'keys are pressed');
    expect(call.digits).toEqual(['12p#']);
    expect(await hangUp(run)).toMatchObject({ end_reason: 'api_hangup' });
    expect(call.state).toBe('over');
  });

  it('tells who answered, where that is asked', async () => {
    const [run] = await connected(
      { machine: 'machine' },
      { machine_detection: 'detect_message_end' },
    );
    const known = await api.until(run.workflow_run_id, ({ answered_by }) => {
      return answered_by?.startsWith('machine_end') === true;
    });
    expect(known.answered_by).toBe('machine_end_beep');
    await hangUp(run);
  });

  it('is transferred: the agent’s stream ends, and both part together', async () => {
    const [run, call] = await connected();
    const whom = aNumber();
    expect((await transfer(run, whom)).status).toBe(202);
    await until(() => call.person?.state === 'answered', 'the two are connected');
    await until(() => call.stream?.closedWith !== null, 'the stream is over');
    const person = call.person as VonageCall;
    expect([`+${person.from}`, `+${person.to}`]).toEqual([OUR_NUMBER, whom]);
    await api.until(run.workflow_run_id, ({ events }) =>
      events.some(({ type, detail }) => type === 'transfer' && detail['step'] === 'answered'),
    );
    exchange().hangUp(person);
    const ended = await api.over(run.workflow_run_id);
    expect(ended).toMatchObject({ status: 'completed', end_reason: 'transferred' });
    expect([call.state, call.changes]).toEqual(['over', ['transfer']]);
    expect(exchange().calls.filter((one) => `+${one.to}` === whom)).toHaveLength(1);
  });

  it.each<[NonNullable<PhoneBehaviour['does']>, string]>([
    ['busy', 'busy'],
    ['unavailable', 'no_answer'],
    ['rejects', 'failed'],
  ])(
    'whose person is %s goes back to the agent, whatever comes twice, or first',
    async (does, reason) => {
      const [run, call] = await connected();
      exchange().webhooks.delivery = { ...delivery, doubled: true, completedFirst: true };
      const whom = aNumber();
      exchange().behave(whom, { does });
      await transfer(run, whom);
      await until(() => call.streams.length === 2, 'there is another stream');
      await api.until(run.workflow_run_id, ({ streaming }) => streaming);
      const { events } = await api.call(run.workflow_run_id);
      const steps = events.filter(({ type }) => type === 'transfer').map(({ detail }) => detail);
      expect(steps).toMatchObject([{ step: 'started' }, { step: 'failed', reason }]);
      exchange().hangUp(call);
      expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'completed' });
      expect(call.streams).toHaveLength(2);
    },
  );

  it('of which everything is told twice, and late, is one call with one stream', async () => {
    exchange().webhooks.delivery = {
      ...delivery,
      doubled: true,
      lateMs: (status) => (status === 'started' || status === 'ringing' ? 200 : 0),
    };
    const [run, call] = await connected({ hangUpAfterMs: 300 });
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'completed' });
    const told = () => exchange().webhooks.sent.filter(({ body }) => body.includes(call.id));
    await until(() => told().length >= 8, 'the late ones came too');
    expect(call.streams).toHaveLength(1);
    expect(await api.call(run.workflow_run_id)).toMatchObject({ status: 'completed' });
  });

  it('of whose end nothing is told is asked about', async () => {
    const [run, call] = await connected();
    exchange().webhooks.delivery = { ...delivery, isLost: () => true };
    exchange().hangUp(call);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'completed' });
  });

  it('whose reply to the dial is lost is found by its own events', async () => {
    gateway.vonage.fault = { path: /\/calls$/, reply: 'cut' };
    const to = aNumber();
    const reply = await api.request<CallJson>('POST', '/telephony/calls', { workflow_id: 1, to });
    const runId = reply.body.workflow_run_id;
    const found = await api.until(runId, ({ streaming }) => streaming);
    const calls = exchange().calls.filter((one) => `+${one.to}` === to);
    expect(calls).toHaveLength(1);
    expect(found.provider_call_id).toBe(calls[0]?.id);
    exchange().hangUp(calls[0] as VonageCall);
    await api.over(runId);
  });

  it('whose stream is lost gets another, and is not over', async () => {
    const [run, call] = await connected();
    call.stream?.cut();
    await until(() => call.streams.length === 2, 'there is another stream');
    await api.until(run.workflow_run_id, ({ streaming }) => streaming);
    expect(await api.call(run.workflow_run_id)).toMatchObject({ status: 'answered' });
    exchange().hangUp(call);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'completed' });
  });

  it('is told by its own account alone, in time, and once', async () => {
    const [run, call] = await connected();
    const url = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/vonage/events/${run.workflow_run_id}`;
    const { webhooks } = exchange();
    const body = JSON.stringify(call.payload('busy'));
    const now = Math.floor(Date.now() / 1_000);
    const send = async (text: string, headers: Record<string, string>) =>
      (await webhooks.send(url, text, headers)).status;
    expect(await send(body, {})).toBe(403);
    const stranger = { ...webhooks.signature, secret: 'signature-secret-of-a-stranger' };
    const strange = signedToken(stranger, { payload: body });
    expect(await send(body, { Authorization: `Bearer ${strange}` })).toBe(403);
    const other = signedToken({ ...webhooks.signature, apiKey: 'other123' }, { payload: body });
    expect(await send(body, { Authorization: `Bearer ${other}` })).toBe(403);
    expect(await send(body, webhooks.signed(body, undefined, now - 400))).toBe(403);
    expect(await send(`${body} `, webhooks.signed(body))).toBe(403);
    // A token that was good for one thing is not good for another.
    const first = JSON.stringify(call.payload('ringing'));
    expect(await send(first, webhooks.signed(first, 'jti-1'))).toBe(200);
    expect(await send(body, webhooks.signed(body, 'jti-1'))).toBe(403);
    const foreign = body.replace(call.id, '63f61863-4a51-4f6b-86e1-46edebcf9356');
    expect(await send(foreign, webhooks.signed(foreign))).toBe(409);
    expect(await api.call(run.workflow_run_id)).toMatchObject({
      status: 'answered',
      streaming: true,
    });
    expect(call.streams).toHaveLength(1);
    exchange().hangUp(call);
    await api.over(run.workflow_run_id);
  });
});
