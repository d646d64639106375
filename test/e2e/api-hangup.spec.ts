import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';

/** Numbers that nothing else in this file calls. */
let lastNumber = 0;
const aNumber = (): string => `+1202555${String(5_000 + lastNumber++)}`;

describe('hanging up by the API', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
  });
  afterAll(() => gateway.stop());

  const hangUp = (runId: number) =>
    api.request<CallJson>('POST', `/telephony/calls/${runId}/hangup`);
  const callTo = (to: string) => gateway.carrier.waitForCall((call) => call.to === to);

  it('queued at the carrier: canceled before any phone rings', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { queuedMs: 60_000 });
    const { workflow_run_id: runId } = await api.place({ to });
    expect((await hangUp(runId)).status).toBe(200);
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ status: 'canceled', end_reason: 'canceled', answered_at: null });
    const timeline = (await callTo(to)).timeline.map(({ status }) => status);
    expect(timeline).toEqual(['queued', 'canceled']);
  });

  it('ringing: the status stays until the carrier confirms, then it is canceled', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { ringMs: 60_000, callbacks: { delayMs: 1_500 } });
    const { workflow_run_id: runId } = await api.place({ to });
    await api.until(runId, (one) => one.status === 'ringing');
    const reply = await hangUp(runId);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ status: 'ringing', ended_at: null });
    expect((await callTo(to)).status).toBe('canceled');
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ status: 'canceled', duration_seconds: 0, answered_at: null });
  });

  it('streaming: completed by api_hangup, the stream is over', async () => {
    const to = aNumber();
    const { workflow_run_id: runId } = await api.place({ to });
    await api.until(runId, (one) => one.streaming);
    expect((await hangUp(runId)).status).toBe(200);
    const call = await api.until(runId, (one) => one.ended_at !== null && !one.streaming);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
    expect(call.answered_at).not.toBeNull();
  });

  it('answered, and its media stream not there yet: completed by api_hangup', async () => {
    const to = aNumber();
    // The stream's upgrade is refused, so that the call stays answered without one.
    gateway.carrier.behave(to, { stream: { signature: null } });
    const { workflow_run_id: runId } = await api.place({ to });
    const answered = await api.until(runId, (one) => one.status === 'answered');
    expect(answered.streaming).toBe(false);
    expect((await hangUp(runId)).status).toBe(200);
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call.status).toBe('completed');
  });

  it('a call that came in: completed by api_hangup', async () => {
    const inbound = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    await inbound.streamStarted;
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${inbound.sid}`,
    );
    const runId = body.data[0]?.workflow_run_id ?? 0;
    expect((await hangUp(runId)).status).toBe(200);
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
    expect(inbound.status).toBe('completed');
  });

  it('ended: 200 with the call as it is, and no word to the carrier', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { outcome: 'busy' });
    const { workflow_run_id: runId } = await api.place({ to });
    await api.until(runId, (one) => one.ended_at !== null);
    const { events, ...before } = await api.call(runId);
    const reply = await hangUp(runId);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(before);
    expect((await api.call(runId)).events).toEqual(events);
  });

  it('asked twice, and ten times at once: once at the carrier', async () => {
    const to = aNumber();
    const { workflow_run_id: runId } = await api.place({ to });
    await api.until(runId, (one) => one.streaming);
    // Of several requests the second would be refused as a call that is over, and be an alert there.
    const alerts = gateway.carrier.alerts.length;
    const replies = await Promise.all(Array.from({ length: 10 }, () => hangUp(runId)));
    replies.push(await hangUp(runId));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    await api.until(runId, (one) => one.ended_at !== null);
    expect(gateway.carrier.alerts.slice(alerts)).toEqual([]);
  });

  it('before the CallSid is known: remembered, and done as soon as it is', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { queuedMs: 60_000 });
    gateway.carrier.fault({ to, delayMs: 3_500 });
    const placing = api.place({ to });
    const dialled = await callTo(to);
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?number=${encodeURIComponent(to)}`,
    );
    const [run] = body.data;
    expect(run).toMatchObject({ status: 'queued', provider_call_id: null });
    const reply = await hangUp(run?.workflow_run_id ?? 0);
    expect(reply.body).toMatchObject({ status: 'queued', ended_at: null });
    expect(dialled.status).toBe('queued');
    await placing;
    const call = await api.until(run?.workflow_run_id ?? 0, (one) => one.ended_at !== null);
    expect(call.status).toBe('canceled');
    expect(dialled.status).toBe('canceled');
  });

  it('after the reply to the dial was lost: remembered until the first callback names the call', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { queuedMs: 3_000, ringMs: 60_000 });
    gateway.carrier.fault({ to, reply: 'lost' });
    const placed = await api.place({ to });
    expect(placed.status).toBe('submission-unknown');
    const reply = await hangUp(placed.workflow_run_id);
    expect(reply.body).toMatchObject({ status: 'submission-unknown' });
    const call = await api.until(placed.workflow_run_id, (one) => one.ended_at !== null);
    expect(call.status).toBe('canceled');
    expect((await callTo(to)).status).toBe('canceled');
  });

  it('a carrier that does not answer: 200, and asked again', async () => {
    const to = aNumber();
    const { workflow_run_id: runId } = await api.place({ to });
    await api.until(runId, (one) => one.streaming);
    gateway.carrier.fault({ operation: 'update', reply: { status: 500 } });
    const reply = await hangUp(runId);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ status: 'answered', ended_at: null });
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
  });

  it('a call that is not there is 404', async () => {
    const reply = await hangUp(4711);
    expect([reply.status, reply.body]).toMatchObject([404, { code: 'not_found' }]);
  });
});

describe('hanging up a call that waits in our own queue', () => {
  it('canceled at once, and never dialled', async () => {
    const gateway = await startGateway({ env: { TWILIO_CALLS_PER_SECOND: '1' } });
    try {
      const api = new Api(gateway);
      const to = [aNumber(), aNumber(), aNumber()];
      const placing = to.map((number) => api.place({ to: number }));
      await api.until(3, (call) => (call.to as string | undefined) !== undefined);
      const waiting = (await api.call(3)).to;
      const reply = await api.request<CallJson>('POST', '/telephony/calls/3/hangup');
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({
        status: 'canceled',
        end_reason: 'canceled',
        provider_call_id: null,
        duration_seconds: 0,
      });
      const placed = await Promise.all(placing);
      expect(placed.find((call) => call.workflow_run_id === 3)?.status).toBe('canceled');
      expect(gateway.carrier.calls.map((call) => call.to)).not.toContain(waiting);
      expect(gateway.carrier.calls).toHaveLength(2);
    } finally {
      await gateway.stop();
    }
  });
});
