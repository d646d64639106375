import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LiveSessions } from '../../src/calls/streams/live-sessions.js';
import { Clock } from '../../src/shared/clock.js';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { CarrierRequests, HANGUP, streamOf } from '../support/signed-request.js';
import { until } from '../support/patience.js';

/** What a carrier is told when it asks at `action`, the stream being over. */
describe('the question that follows a stream', () => {
  let gateway: Gateway;
  let api: Api;
  let carrier: CarrierRequests;

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
    carrier = new CarrierRequests(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
  });
  afterAll(() => gateway.stop());

  /** A call of the simulated carrier's, with its stream live at both ends. */
  const live = async (behaviour: CallBehaviour = {}) => {
    gateway.carrier.behave(THEIR_NUMBER, { ringMs: 10, ...behaviour });
    const placed = await api.place({ to: THEIR_NUMBER });
    const call = await gateway.carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    await call.streamStarted;
    const runId = placed.workflow_run_id;
    if (!behaviour.stream) await api.until(runId, (one) => one.streaming);
    return { placed, runId, call };
  };
  const asked = (call: SimulatedCall, kind: 'voice' | 'action') =>
    call.webhooks.filter((webhook) => webhook.kind === kind).map(({ body }) => body);
  /** `<Connect>` and nothing behind it, no `<Pause>` either: `streamOf` refuses anything else. */
  const isStream = (body: string) =>
    streamOf({ status: 200, headers: { 'content-type': 'text/xml' }, text: body } as never).url;

  it('is asked at the very URL of the answer, which has nothing behind its <Connect>', async () => {
    const { call } = await live();
    const [answer = ''] = asked(call, 'voice');
    const { webhooks } = call;
    expect(isStream(answer)).toMatch(/^wss:/);
    call.hangUp();
    await call.settled;
    const urls = webhooks.filter(({ kind }) => kind !== 'status').map(({ url }) => url);
    expect(urls).toHaveLength(2);
    expect(urls[0]).toBe(urls[1]);
  });

  it('after the caller hung up: <Hangup/>', async () => {
    const { call, runId } = await live();
    call.hangUp();
    await call.settled;
    expect(asked(call, 'action')).toEqual([HANGUP]);
    const final = await api.until(runId, (one) => one.status === 'completed');
    expect(final.end_reason).toBe('caller_hangup');
  });

  it('after our API hung up: <Hangup/>, from the moment it was asked for', async () => {
    const { call, runId, placed } = await live();
    const fields = carrier.fieldsOf(call.sid, 'in-progress');
    const reply = await api.request('POST', `/telephony/calls/${runId}/hangup`);
    expect(reply.status).toBe(200);
    // The carrier may ask before it has noticed.
    expect((await carrier.answer(placed, fields)).text).toBe(HANGUP);
    await call.settled;
    expect(asked(call, 'action')).toEqual([HANGUP]);
    const final = await api.until(runId, (one) => one.status === 'completed');
    expect(final.end_reason).toBe('api_hangup');
  });

  it('after the agent hung up: <Hangup/>', async () => {
    const { call, runId, placed } = await live();
    gateway.service.app.get(LiveSessions).find(runId)?.end('agent-ended');
    await call.settled;
    const fields = carrier.fieldsOf(call.sid, 'in-progress');
    expect((await carrier.answer(placed, fields)).text).toBe(HANGUP);
    expect(asked(call, 'action')).toEqual([HANGUP]);
    const final = await api.until(runId, (one) => one.status === 'completed');
    expect(final.end_reason).toBe('agent_hangup');
  });

  it('after a stream that was lost: a new one, and the conversation goes on', async () => {
    const { call, runId } = await live({ stream: { cutAfterMs: 300, times: 1 } });
    const second = await call.streamNumber(2);
    await api.until(runId, (one) => one.streaming);
    await until(() => second.heardAudio.length > 160);
    call.hangUp();
    await call.settled;
    const [first = '', last] = asked(call, 'action');
    expect(isStream(first)).toBe(isStream(asked(call, 'voice')[0] ?? ''));
    expect(last).toBe(HANGUP);
    expect(call.streams[1]?.heardAudio.length).toBeGreaterThan(160);
    const final = await api.until(runId, (one) => one.status === 'completed');
    expect(final.end_reason).toBe('caller_hangup');
  });

  it('after a stream that was lost more than 3 s ago: the workflow’s sentence, then a new one', async () => {
    const sentence = 'Thank you for waiting.';
    await api.request('PATCH', '/workflows/1', { on_resume: sentence });
    const clock = gateway.service.app.get(Clock, { strict: false });
    try {
      const { call, runId } = await live({
        stream: { cutAfterMs: 300, times: 1, asksAfterMs: null },
      });
      const ended = (one: CallJson) => one.events.some(({ detail }) => detail['step'] === 'ended');
      await api.until(runId, ended);
      clock.now = () => new Date(Date.now() + 3_100);
      // The carrier asks at last: at `action`, which is the URL of the answer.
      const { url } = call.webhooks.find(({ kind }) => kind === 'voice') ?? {};
      call.redirect({ kind: 'ask', target: { url: url ?? '', method: 'POST' }, as: 'action' });
      const second = await call.streamNumber(2);
      expect(call.spoken).toEqual([sentence]);
      const [answer = ''] = asked(call, 'action');
      expect(answer).toContain(`<Response><Say>${sentence}</Say><Connect `);
      isStream(answer.replace(`<Say>${sentence}</Say>`, ''));
      await until(() => second.heardAudio.length > 160);
      call.hangUp();
      await call.settled;
      const final = await api.until(runId, (one) => one.status === 'completed');
      expect(final.end_reason).toBe('caller_hangup');
    } finally {
      Reflect.deleteProperty(clock, 'now');
      await api.request('PATCH', '/workflows/1', { on_resume: null });
    }
  });

  it('after losses without end: five new streams within a minute, then <Hangup/>', async () => {
    const { call, runId } = await live({ stream: { cutAfterMs: 60 } });
    await call.settled;
    const answers = asked(call, 'action');
    expect(answers).toHaveLength(6);
    expect(new Set(answers.slice(0, 5).map(isStream)).size).toBe(1);
    expect(answers.at(-1)).toBe(HANGUP);
    expect(call.streams).toHaveLength(6);
    const final = await api.until(runId, (one) => one.status === 'completed');
    expect(final.end_reason).toBe('stream_lost');
  });

  it('once it was given up stays <Hangup/>, however often it is asked', async () => {
    const { call, placed } = await live({ stream: { cutAfterMs: 60 } });
    await call.settled;
    for (const method of ['GET', 'POST'] as const) {
      const fields = carrier.fieldsOf(call.sid, 'in-progress');
      expect((await carrier.answer(placed, fields, { method })).text).toBe(HANGUP);
    }
  });

  it('when every stream is refused: <Hangup/> in the end, not a question without end', async () => {
    gateway.carrier.behave(THEIR_NUMBER, { ringMs: 10, stream: { signature: null } });
    const placed = await api.place({ to: THEIR_NUMBER });
    const call = await gateway.carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    await call.settled;
    expect(asked(call, 'action').at(-1)).toBe(HANGUP);
    const final = await api.until(placed.workflow_run_id, (one) => one.status === 'completed');
    expect(final.end_reason).toBe('stream_lost');
    expect(final.events.filter(({ type }) => type === 'stream')).toEqual([]);
  });
});
