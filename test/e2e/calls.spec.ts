import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { until } from '../support/patience.js';

describe('a call, end to end', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
  });
  afterAll(() => gateway.stop());

  it('placed: rings, is answered, echoes, ends, and reads completed', async () => {
    const placed = await api.place({ to: THEIR_NUMBER, context: { order: 7 } });
    const call = await gateway.carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    const stream = await call.streamStarted;
    const live = await api.until(placed.workflow_run_id, (one) => one.streaming);
    expect(live).toMatchObject({
      status: 'answered',
      direction: 'outbound',
      context: { order: 7 },
    });

    await until(() => call.heardAudio.length > 85 * 160);
    call.hangUp();
    await call.settled;
    const final = await api.until(placed.workflow_run_id, (one) => one.status === 'completed');
    expect(final).toMatchObject({ end_reason: 'caller_hangup', streaming: false });
    expect(final.duration_seconds).toBe(call.durationSeconds);
    const { fraction, echoedFrames } = call.compareEcho();
    expect(echoedFrames).toBeGreaterThan(80);
    expect(fraction).toBeGreaterThanOrEqual(0.99);
    expect(stream.sid).toBe(call.stream?.sid);
    expect(gateway.carrier.violations).toEqual([]);
  });

  it('coming in: the called number picks the workflow, and the number-level callback ends it', async () => {
    const call = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    await call.streamStarted;
    const { body } = await api.request<{ data: Array<{ workflow_run_id: number }> }>(
      'GET',
      `/telephony/calls?provider_call_id=${call.sid}`,
    );
    expect(body.data).toHaveLength(1);
    const runId = body.data[0]?.workflow_run_id ?? 0;
    await until(() => call.heardAudio.length > 20 * 160);
    call.hangUp();
    await call.settled;
    const final = await api.until(runId, (one) => one.status === 'completed');
    expect(final).toMatchObject({ direction: 'inbound', from: THEIR_NUMBER, to: OUR_NUMBER });
    expect(call.compareEcho().fraction).toBeGreaterThanOrEqual(0.99);
    expect(gateway.carrier.violations).toEqual([]);
  });
});
