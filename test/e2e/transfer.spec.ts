import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, startGateway, type Gateway } from '../support/gateway.js';
import { LONG, until } from '../support/patience.js';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';

let lastNumber = 0;
const aNumber = (): string => `+1202555${String(6_000 + lastNumber++)}`;

const ANNOUNCEMENT = 'A caller for you.';

/** What the timeline tells of transfers: each step, with the reason of a failure. */
function story({ events }: CallJson): string[] {
  return events
    .filter(({ type }) => type === 'transfer')
    .map(({ detail }) => [detail['step'], detail['reason']].filter(Boolean).join(' '));
}

describe('a call is transferred', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({ carrier: { sayMsPerCharacter: 1 } });
    api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
  });
  afterAll(() => gateway.stop());
  afterEach(() => expect(gateway.carrier.violations).toEqual([]));

  const callTo = (to: string): Promise<SimulatedCall> =>
    gateway.carrier.waitForCall((call) => call.to === to);

  /** A call with a live stream, and a person who behaves in that way. */
  const begin = async (person: CallBehaviour, body: Record<string, unknown> = {}) => {
    const [to, whom] = [aNumber(), aNumber()];
    gateway.carrier.behave(whom, { ringMs: 30, ...person });
    const { workflow_run_id: runId } = await api.place({ to, ...body });
    await api.until(runId, ({ streaming }) => streaming);
    const caller = await callTo(to);
    await until(() => (caller.stream?.framesSent ?? 0) > 0);
    return { runId, caller, whom };
  };
  const transfer = (runId: number, body: Record<string, unknown>) =>
    api.request<CallJson>('POST', `/telephony/calls/${runId}/transfer`, body);
  const over = (runId: number) => api.until(runId, ({ ended_at }) => ended_at !== null);

  describe.each([
    ['blindly', {}],
    ['with an announcement', { announce: ANNOUNCEMENT }],
  ])('%s', (_form, more) => {
    const isAnnounced = 'announce' in more;

    it('they hear each other, nobody hears the agent, and one run has the story of both', async () => {
      const { runId, caller, whom } = await begin({});
      const reply = await transfer(runId, { to: whom, ...more });
      expect(reply.status).toBe(202);
      expect(reply.body).toMatchObject({ workflow_run_id: runId, status: 'answered' });
      const person = await callTo(whom);
      await until(() => (caller.bridges[0]?.said.person.length ?? 0) >= 10);
      const during = await api.until(runId, (call) => story(call).length === 2);
      expect(during).toMatchObject({ status: 'answered', streaming: false });
      expect(person.spoken).toEqual(isAnnounced ? [ANNOUNCEMENT] : []);
      expect(person).toMatchObject({ from: OUR_NUMBER, direction: 'outbound-dial' });
      const [stream] = caller.streams;
      expect([caller.streams.length, stream?.open, stream?.recording.lateArrivals]).toEqual([
        1,
        false,
        [],
      ]);
      person.hangUp();
      const call = await over(runId);
      expect(call).toMatchObject({ status: 'completed', end_reason: 'transferred' });
      expect(story(call)).toEqual(['started', 'answered', 'ended']);
      const [bridge] = caller.bridges;
      expect(bridge?.heardBy(caller)).toEqual(Buffer.concat(bridge?.said.person ?? []));
      expect(bridge?.heardBy(person)).toEqual(Buffer.concat(bridge?.said.caller ?? []));
      const ended = call.events.findLast(({ type }) => type === 'transfer');
      expect(ended?.detail).toMatchObject({ transfer: 1, provider_call_id: person.sid });
      expect(call.provider_call_id).toBe(caller.sid);
      // What is told of the person's call is none of the run's own.
      const own = call.events.filter(
        ({ type, source }) => type === 'status' && source === 'status-callback',
      );
      expect(own).toHaveLength(4);
      expect(new Set(own.map(({ status }) => status))).toEqual(
        new Set(['initiated', 'ringing', 'answered', 'completed']),
      );
    });

    // What is announced makes no difference before the person answers.
    if (isAnnounced && !LONG) return;

    it.each<[CallBehaviour['outcome'], string]>([
      ['busy', 'busy'],
      ['no-answer', 'no_answer'],
      ['failed', 'failed'],
      ['reject', 'failed'],
    ])(
      'a person whose phone is %s: the caller is with the agent again',
      async (outcome, reason) => {
        const { runId, caller, whom } = await begin({ outcome });
        expect((await transfer(runId, { to: whom, ...more })).status).toBe(202);
        const second = await caller.streamNumber(2);
        const call = await api.until(runId, ({ streaming }) => streaming);
        expect(story(call)).toEqual(['started', `failed ${reason}`]);
        // The agent is heard again.
        await until(() => second.heardAudio.length > 0);
        caller.hangUp();
        expect(await over(runId)).toMatchObject({ end_reason: 'caller_hangup' });
        expect(caller.streams).toHaveLength(2);
      },
    );

    it('the caller hangs up while the phone rings: it stops, and the call is over', async () => {
      const { runId, caller, whom } = await begin({ ringMs: 60_000 });
      await transfer(runId, { to: whom, ...more });
      const person = await callTo(whom);
      await until(() => person.status === 'ringing');
      caller.hangUp();
      const call = await over(runId);
      expect(call).toMatchObject({ status: 'completed', end_reason: 'caller_hangup' });
      expect(story(call)).toEqual(['started', 'failed call_ended']);
      expect((await person.ended) === 'canceled').toBe(true);
    });

    it('the API hangs up while the phone rings', async () => {
      const { runId, whom } = await begin({ ringMs: 60_000 });
      await transfer(runId, { to: whom, ...more });
      const person = await callTo(whom);
      await until(() => person.status === 'ringing');
      await api.request('POST', `/telephony/calls/${runId}/hangup`);
      const call = await over(runId);
      expect(call).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
      expect(story(call)).toEqual(['started', 'failed call_ended']);
      expect(await person.ended).toBe('canceled');
    });

    it('the caller, or the API, hangs up while the two talk', async () => {
      for (const reason of ['transferred', 'api_hangup']) {
        const { runId, caller, whom } = await begin({});
        await transfer(runId, { to: whom, ...more });
        await until(() => (caller.bridges[0]?.said.person.length ?? 0) > 0);
        if (reason === 'transferred') caller.hangUp();
        else await api.request('POST', `/telephony/calls/${runId}/hangup`);
        const call = await over(runId);
        expect(call).toMatchObject({ status: 'completed', end_reason: reason });
        expect(story(call)).toEqual(['started', 'answered', 'ended']);
        expect(await (await callTo(whom)).ended).toBe('completed');
      }
    });

    it('the longest duration of the call holds', async () => {
      const { runId, whom } = await begin({}, { max_duration_seconds: 1 });
      await transfer(runId, { to: whom, ...more });
      const call = await over(runId);
      expect(call).toMatchObject({ status: 'completed', end_reason: 'max_duration' });
      expect(story(call).slice(0, 2)).toEqual(['started', 'answered']);
      expect(await (await callTo(whom)).ended).toBe('completed');
    });
  });

  it('a person who hangs up on the announcement was not reached', async () => {
    const { runId, caller, whom } = await begin({ hangUpAfterMs: 1 });
    await transfer(runId, { to: whom, announce: 'x'.repeat(200) });
    await caller.streamNumber(2);
    const call = await api.until(runId, ({ streaming }) => streaming);
    expect(story(call)).toEqual(['started', 'answered', 'failed failed']);
    caller.hangUp();
    expect(await over(runId)).toMatchObject({ end_reason: 'caller_hangup' });
  });

  it('an inbound call, twice: the second time somebody is there', async () => {
    const [first, second] = [aNumber(), aNumber()];
    gateway.carrier.behave(first, { outcome: 'busy', ringMs: 20 });
    const caller = gateway.carrier.callIn({ to: OUR_NUMBER });
    await caller.streamStarted;
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${caller.sid}`,
    );
    const runId = body.data[0]?.workflow_run_id ?? 0;
    await api.until(runId, ({ streaming }) => streaming);
    // The carrier counts a stream on which something was said.
    await until(() => (caller.stream?.framesSent ?? 0) > 0);
    await transfer(runId, { to: first });
    await caller.streamNumber(2);
    await api.until(runId, ({ streaming }) => streaming);
    expect((await transfer(runId, { to: second })).status).toBe(202);
    await until(() => caller.bridges.length === 1);
    (await callTo(second)).hangUp();
    const call = await over(runId);
    expect(story(call)).toEqual(['started', 'failed busy', 'started', 'answered', 'ended']);
    expect(call).toMatchObject({ end_reason: 'transferred', direction: 'inbound' });
  });

  it('a menu has a step for it, and goes on where the person is not reached', async () => {
    const whom = aNumber();
    gateway.carrier.behave(whom, { outcome: 'no-answer', ringMs: 20 });
    const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Reception',
      agent: 'menu',
      agent_options: {
        start: 'ask',
        steps: {
          ask: { keys: { 1: 'sales' }, timeout_seconds: 60 },
          sales: { transfer: { target: 'Sales', announce: ANNOUNCEMENT }, next: 'sorry' },
          sorry: { keys: {}, timeout_seconds: 60 },
        },
      },
      transfer_targets: [{ name: 'Sales', to: whom }],
    });
    const { runId, caller } = await begin({}, { workflow_id: body.workflow_id });
    caller.sendDigits('1');
    await caller.streamNumber(2);
    const call = await api.until(runId, ({ facts }) => facts['menu_step'] === 'sorry');
    expect(story(call)).toEqual(['started', 'failed no_answer']);
    const started = call.events.find(({ type }) => type === 'transfer');
    expect(started?.detail).toMatchObject({ target: 'Sales', announced: true });
    expect(JSON.stringify(call.events)).not.toContain(whom.slice(1));
    caller.hangUp();
    await over(runId);
  });

  it('an agent that would begin anew yields to the sentence of the workflow', async () => {
    const whom = aNumber();
    gateway.carrier.behave(whom, { outcome: 'busy', ringMs: 20 });
    const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Apologetic',
      agent: 'echo',
      on_failure: 'Nobody is there. Please call again.',
    });
    const { runId, caller } = await begin({}, { workflow_id: body.workflow_id });
    await transfer(runId, { to: whom });
    const call = await over(runId);
    expect(caller.spoken).toEqual(['Nobody is there. Please call again.']);
    expect(caller.streams).toHaveLength(1);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'failed' });
  });

  describe('not', () => {
    it('to whom or how it may not be: 400, and the agent stays', async () => {
      const { runId, caller } = await begin({});
      const wrong: Array<[Record<string, unknown>, string]> = [
        [{ to: 'Sales' }, 'to'],
        [{ to: '+19110000' }, 'to'],
        [{ to: '+19005550123' }, 'to'],
        [{ to: OUR_NUMBER }, 'to'],
        [{ from: '+12025550178' }, 'from'],
        [{ announce: { sound: 'hello' } }, 'announce'],
        [{ announce: ' ' }, 'announce'],
        [{ announce: { sound: '../hello' } }, 'announce'],
        [{ timeout_seconds: 121 }, 'timeout_seconds'],
        [{ more: 1 }, 'more'],
      ];
      for (const [body, field] of wrong) {
        const reply = await api.request<{ errors: Array<{ field: string }> }>(
          'POST',
          `/telephony/calls/${runId}/transfer`,
          { to: '+12025550177', ...body },
        );
        expect([reply.status, reply.body.errors.map((one) => one.field)]).toEqual([400, [field]]);
      }
      const call = await api.call(runId);
      expect([story(call), call.streaming]).toEqual([[], true]);
      caller.hangUp();
      await over(runId);
    });

    it('a call that rings, is being transferred, has ended, or is another user’s: 409, 404', async () => {
      const { runId, caller, whom } = await begin({ ringMs: 60_000 });
      await transfer(runId, { to: whom });
      expect((await transfer(runId, { to: aNumber() })).status).toBe(409);
      const stranger = await api.request<{ user_id: number; key: string }>('POST', '/users', {
        name: 'Stranger',
      });
      const key = await api.request<{ key: string }>(
        'POST',
        `/users/${stranger.body.user_id}/keys`,
        { name: 'one' },
      );
      const theirs = new Api(gateway, key.body.key);
      const other = await theirs.request('POST', `/telephony/calls/${runId}/transfer`, {
        to: whom,
      });
      expect(other.status).toBe(404);
      caller.hangUp();
      await over(runId);
      expect((await transfer(runId, { to: whom })).status).toBe(409);
      const to = aNumber();
      gateway.carrier.behave(to, { ringMs: 60_000 });
      const ringing = await api.place({ to });
      expect((await transfer(ringing.workflow_run_id, { to: whom })).status).toBe(409);
      await api.request('POST', `/telephony/calls/${ringing.workflow_run_id}/hangup`);
      await over(ringing.workflow_run_id);
    });
  });
});
