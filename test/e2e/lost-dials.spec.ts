import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';

const OTHER_NUMBER = '+12025550177';

describe('a dial whose reply is lost', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({
      env: { RECONCILE_AFTER_SECONDS: '1', RECONCILE_INTERVAL_SECONDS: '1' },
    });
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  it('is named by its own callbacks, and dialled once', async () => {
    gateway.carrier.fault({ operation: 'create', reply: 'lost' });
    const placed = await api.place({ to: THEIR_NUMBER });
    const live = await api.until(placed.workflow_run_id, (call) => call.streaming);
    const calls = gateway.carrier.calls.filter((call) => call.to === THEIR_NUMBER);
    expect(calls.map((call) => call.sid)).toEqual([live.provider_call_id]);
    await api.request('POST', `/telephony/calls/${placed.workflow_run_id}/hangup`);
    const ended = await api.until(placed.workflow_run_id, (call) => call.ended_at !== null);
    expect(ended).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
  });

  it('is found at the carrier when no callback names it, and ends as the carrier says', async () => {
    gateway.carrier.behave(OTHER_NUMBER, {
      outcome: 'busy',
      ringMs: 100,
      callbacks: { dropped: 1 },
    });
    gateway.carrier.fault({ operation: 'create', reply: 'lost' });
    const placed = await api.place({ to: OTHER_NUMBER });
    expect(placed).toMatchObject({ status: 'submission-unknown', provider_call_id: null });
    const ended = await api.until(placed.workflow_run_id, (call) => call.ended_at !== null);
    const [call, ...more] = gateway.carrier.calls.filter((one) => one.to === OTHER_NUMBER);
    expect(more).toEqual([]);
    expect(ended).toMatchObject({ status: 'busy', provider_call_id: call?.sid });
    expect(ended.events.at(-1)).toMatchObject({ source: 'reconcile', status: 'busy' });
  });
});
