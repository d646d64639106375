import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ALAW_TO_MULAW, MULAW_TO_ALAW } from '../../src/audio/alaw.js';
import type { TelnyxCall } from '../../tools/carrier/telnyx/telnyx-call.js';
import type { PhoneBehaviour } from '../../tools/carrier/telnyx/telnyx-options.js';
import { eventBody, newKey, signedHeaders } from '../../tools/carrier/telnyx/webhooks.js';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, PUBLIC_ORIGIN, THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { startTelnyxGateway, type TelnyxGateway } from '../support/telnyx-gateway.js';
import { mulawFrames, speech } from '../support/test-signals.js';

let lastNumber = 0;
const aNumber = (): string => `+1202555${String(7_000 + lastNumber++)}`;

/** The whole service, over real HTTP and sockets, beside a simulated Telnyx. */
describe('a call through Telnyx', () => {
  let gateway: TelnyxGateway;
  let api: Api;
  const exchange = () => gateway.telnyx.exchange;
  const usual = () => exchange().webhooks.delivery;
  let delivery: ReturnType<typeof usual>;

  beforeAll(async () => {
    gateway = await startTelnyxGateway();
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
  ): Promise<[CallJson, TelnyxCall]> => {
    const to = aNumber();
    exchange().behave(to, phone);
    const run = await api.place({ to, ...more });
    const call = exchange().calls.find((one) => one.to === to);
    if (!call) throw new Error('nothing was dialled');
    return [run, call];
  };
  /** Answered, and its stream open. */
  const connected = async (
    phone: PhoneBehaviour = {},
    more: Record<string, unknown> = {},
  ): Promise<[CallJson, TelnyxCall]> => {
    const [run, call] = await place(phone, more);
    await api.until(run.workflow_run_id, ({ streaming }) => streaming);
    return [run, call];
  };
  const transfer = (run: CallJson, to: string) =>
    api.request('POST', `/telephony/calls/${run.workflow_run_id}/transfer`, { to });

  it.each(['PCMU', 'PCMA'] as const)(
    'is heard both ways, byte by byte, on a %s leg',
    async (codec) => {
      const [run, call] = await connected({ codec });
      expect(run).toMatchObject({
        provider: 'telnyx',
        account: 'telnyx',
        provider_call_id: call.id,
      });
      const spoken = mulawFrames(speech({ ms: 600, dbov: -18 }));
      call.stream?.say(spoken);
      const bytes = Buffer.concat(spoken);
      const expected =
        codec === 'PCMU'
          ? bytes
          : Buffer.from(bytes.map((byte) => ALAW_TO_MULAW[MULAW_TO_ALAW[byte] ?? 0] ?? 0));
      await until(
        () => Buffer.concat(call.stream?.heard ?? []).includes(expected),
        'the echo is what was said',
      );
      exchange().hangUp(call);
      expect(await api.over(run.workflow_run_id)).toMatchObject({
        status: 'completed',
        end_reason: 'caller_hangup',
      });
      await until(() => call.stream?.closedWith !== null, 'the socket is closed');
      expect(call.commands).toEqual(['streaming_start']);
    },
  );

  it('that comes in is answered and streamed by one command', async () => {
    const call = exchange().callIn(THEIR_NUMBER, OUR_NUMBER);
    await until(() => (call.stream?.heard.length ?? 0) > 5, 'the caller hears the agent');
    expect(call.commands).toEqual(['answer']);
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${encodeURIComponent(call.id)}`,
    );
    const [run] = body.data as [CallJson];
    expect(run).toMatchObject({ direction: 'inbound', from: THEIR_NUMBER, to: OUR_NUMBER });
    exchange().hangUp(call);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'completed' });
  });

  it('to a number that nobody has claimed is rejected, and costs nothing', async () => {
    const call = exchange().callIn(THEIR_NUMBER, aNumber());
    await until(() => call.state === 'over');
    expect([call.cause, call.commands]).toEqual(['call_rejected', ['reject']]);
    // What it tells of a call that is none of ours is not kept.
    await until(() => exchange().violations.length > 0);
    expect(exchange().violations.splice(0)).toEqual([expect.stringContaining('404')]);
  });

  it.each<[NonNullable<PhoneBehaviour['does']>, string, string]>([
    ['busy', 'busy', 'busy'],
    ['rejects', 'failed', 'failed'],
    ['not-found', 'failed', 'failed'],
    ['broken', 'failed', 'failed'],
  ])('of a phone that is %s ends as %s', async (does, status, reason) => {
    const [run] = await place({ does });
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status, end_reason: reason });
  });

  it('that nobody takes ends as no-answer; that is given up, as canceled', async () => {
    const [unheard, ringing] = await place({ does: 'silent' });
    exchange().end(ringing, 'timeout');
    expect(await api.over(unheard.workflow_run_id)).toMatchObject({ status: 'no-answer' });
    const [run, call] = await place({ does: 'silent' });
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'canceled' });
    expect(call.cause).toBe('originator_cancel');
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
    expect(call.digits).toEqual(['12w#']);
    await api.request('POST', `${path}/hangup`);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ end_reason: 'api_hangup' });
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
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    await api.over(run.workflow_run_id);
  });

  it('is transferred: the agent’s stream ends, and both part together', async () => {
    const [run, call] = await connected();
    const whom = aNumber();
    expect((await transfer(run, whom)).status).toBe(202);
    await until(() => call.isBridged, 'the two are connected');
    await until(() => call.stream?.closedWith !== null, 'the stream is over');
    expect(call.commands).toEqual(['streaming_start', 'streaming_stop', 'transfer']);
    const person = call.person as TelnyxCall;
    expect(person).toMatchObject({ from: OUR_NUMBER, to: whom });
    exchange().hangUp(person);
    const ended = await api.over(run.workflow_run_id);
    expect(ended).toMatchObject({ status: 'completed', end_reason: 'transferred' });
    expect(call.state).toBe('over');
  });

  it('whose person is not reached goes back to the agent, whatever comes twice', async () => {
    const [run, call] = await connected();
    exchange().webhooks.delivery = { ...delivery, doubled: true };
    const whom = aNumber();
    exchange().behave(whom, { does: 'busy' });
    await transfer(run, whom);
    await until(() => call.streams.length === 2, 'there is another stream');
    await api.until(run.workflow_run_id, ({ streaming }) => streaming);
    const { events } = await api.call(run.workflow_run_id);
    const steps = events.filter(({ type }) => type === 'transfer').map(({ detail }) => detail);
    expect(steps).toMatchObject([{ step: 'started' }, { step: 'failed', reason: 'busy' }]);
    exchange().hangUp(call);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ status: 'completed' });
    expect(call.streams).toHaveLength(2);
  });

  it('of which everything is told twice, and late, is one call with one stream', async () => {
    exchange().webhooks.delivery = {
      ...delivery,
      doubled: true,
      underscores: true,
      lateMs: (type) => (type === 'call.initiated' ? 200 : 0),
    };
    const [run, call] = await connected({ hangUpAfterMs: 300 });
    const ended = await api.over(run.workflow_run_id);
    expect(ended).toMatchObject({ status: 'completed' });
    const statuses = () => exchange().webhooks.sent.filter(({ body }) => body.includes(call.id));
    await until(() => statuses().length >= 8, 'the late ones came too');
    expect(call.streams).toHaveLength(1);
    expect(await api.call(run.workflow_run_id)).toMatchObject({ status: 'completed' });
  });

  it('whose reply to the dial is lost is found by its own events', async () => {
    gateway.telnyx.fault = { path: /\/calls$/, reply: 'cut' };
    const to = aNumber();
    const reply = await api.request<CallJson>('POST', '/telephony/calls', { workflow_id: 1, to });
    const runId = reply.body.workflow_run_id;
    const found = await api.until(runId, ({ streaming }) => streaming);
    const calls = exchange().calls.filter((one) => one.to === to);
    expect(calls).toHaveLength(1);
    expect(found.provider_call_id).toBe(calls[0]?.id);
    exchange().hangUp(calls[0] as TelnyxCall);
    await api.over(runId);
  });

  it('whose stream is lost gets another', async () => {
    const [run, call] = await connected();
    call.stream?.cut();
    await until(() => call.streams.length === 2 && (call.stream?.heard.length ?? 0) >= 0);
    await api.until(run.workflow_run_id, ({ streaming }) => streaming);
    exchange().hangUp(call);
    await api.over(run.workflow_run_id);
  });

  it('is told by its own account alone, in time, and an event that comes again changes nothing', async () => {
    const [run, call] = await connected();
    const url = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/telnyx/events/${run.workflow_run_id}`;
    const { webhooks } = exchange();
    const body = eventBody('call.hangup', call.payload({ hangup_cause: 'user_busy' }), url);
    const now = Math.floor(Date.now() / 1000);
    const send = (text: string, headers: Record<string, string>) =>
      webhooks.send(url, text, headers);
    expect(await send(body, {})).toBe(403);
    expect(await send(body, signedHeaders(newKey(), body))).toBe(403);
    expect(await send(body, signedHeaders(webhooks.key, body, now - 400))).toBe(403);
    expect(await send(`${body} `, signedHeaders(webhooks.key, body))).toBe(403);
    const other = body.replace(call.id, 'v3:another');
    expect(await send(other, signedHeaders(webhooks.key, other))).toBe(409);
    const foreign = body.replace(/"connection_id":"\d+"/, '"connection_id":"1"');
    expect(await send(foreign, signedHeaders(webhooks.key, foreign))).not.toBe(200);
    const before = await api.call(run.workflow_run_id);
    const answered = webhooks.sent.find(
      (one) => one.type === 'call.answered' && one.body.includes(call.id),
    );
    const again = answered?.body ?? '';
    expect(await send(again, signedHeaders(webhooks.key, again))).toBe(200);
    const { events, ...after } = await api.call(run.workflow_run_id);
    expect(after).toMatchObject({ status: 'answered', streaming: true });
    expect(events.slice(0, before.events.length)).toEqual(before.events);
    expect(events.slice(before.events.length)).toMatchObject([{ outcome: 'duplicate' }]);
    expect(call.streams).toHaveLength(1);
    exchange().hangUp(call);
    await api.over(run.workflow_run_id);
  });
});
