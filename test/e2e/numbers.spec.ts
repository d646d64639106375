import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { OUR_NUMBER, PUBLIC_ORIGIN, startGateway, type Gateway } from '../support/gateway.js';

interface Claimed {
  carrier: { configured: boolean; reason?: string; voice_url: string };
}

describe('claiming a number', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    // As an account is before anybody has set it up: the number leads nowhere.
    gateway = await startGateway({ carrier: { numbers: [OUR_NUMBER] } });
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  it('sets its URLs at the carrier, so that calls come in and their ends are told', async () => {
    const claimed = await api.request<Claimed>('POST', '/phone-numbers', {
      number: OUR_NUMBER,
      workflow_id: 1,
    });
    expect(claimed.status).toBe(201);
    expect(claimed.body.carrier).toMatchObject({ configured: true });
    expect(claimed.body.carrier.voice_url).toContain(`${PUBLIC_ORIGIN}/api/v1/telephony/twiml`);

    const call = gateway.carrier.callIn({ behaviour: { hangUpAfterMs: 300 } });
    await call.settled;
    const { body } = await api.request<{ data: Array<{ workflow_run_id: number }> }>(
      'GET',
      `/telephony/calls?provider_call_id=${call.sid}`,
    );
    const runId = body.data[0]?.workflow_run_id ?? 0;
    const ended = await api.until(runId, (one) => one.ended_at !== null);
    expect(ended).toMatchObject({ status: 'completed', end_reason: 'caller_hangup' });
    expect(ended.events.some((event) => event.source === 'status-callback')).toBe(true);
    expect(gateway.carrier.violations).toEqual([]);
  });

  it('holds when the carrier does not own the number, and says which URLs it wanted', async () => {
    const claimed = await api.request<Claimed>('POST', '/phone-numbers', {
      number: '+12025550199',
      workflow_id: 1,
    });
    expect(claimed.status).toBe(201);
    expect(claimed.body.carrier).toMatchObject({
      configured: false,
      reason: 'the account does not own this number',
    });
  });
});

it('a number is claimed before a carrier is configured, and the reply says what is missing', async () => {
  const gateway = await startGateway({
    env: {
      SIMULATED_CARRIER: 'off',
      TWILIO_ACCOUNT_SID: '',
      TWILIO_AUTH_TOKEN: '',
      TWILIO_FROM_NUMBERS: '',
      TWILIO_API_BASE_URL: '',
    },
  });
  try {
    const claimed = await new Api(gateway).request<Claimed>('POST', '/phone-numbers', {
      number: OUR_NUMBER,
      workflow_id: 1,
    });
    expect(claimed.status).toBe(201);
    expect(claimed.body.carrier).toEqual({
      configured: false,
      reason: 'the carrier is not configured',
    });
  } finally {
    await gateway.stop();
  }
});
