import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TwilioDiagnostics } from '../../src/providers/twilio/diagnostics.js';
import { TwilioCarrier } from '../../src/providers/twilio/twilio.carrier.js';
import type { ApiKey } from '../../tools/carrier/carrier-options.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';

const OURS = '+12025550100';
const sid = (digits: string): string => `SK${digits.repeat(16)}`;
const STANDARD: ApiKey = { sid: sid('1a'), secret: 'standard-secret', kind: 'standard' };
const MAIN: ApiKey = { sid: sid('2b'), secret: 'main-secret', kind: 'main' };

describe('an API key of Twilio’s', () => {
  let carrier: SimulatedCarrier;

  beforeEach(async () => {
    carrier = await SimulatedCarrier.start({
      numbers: [OURS],
      apiKeys: [STANDARD, MAIN],
      originMap: { 'https://gateway.example': 'http://127.0.0.1:1' },
      behaviour: { ringMs: 60_000 },
    });
  });
  afterEach(() => carrier.stop());

  /** By default with an auth token that the API would refuse: only the key can have signed in. */
  const account = (apiKey: { sid: string; secret: string } | null, authToken = 'signs-only') => ({
    accountSid: carrier.accountSid,
    authToken,
    authTokenSecondary: null,
    fromNumbers: [OURS],
    apiBaseUrl: carrier.baseUrl,
    callsPerSecond: 1,
    apiKey,
  });
  const dial = (provider: TwilioCarrier) =>
    provider.calls.place({
      runId: 1,
      idempotencyKey: 'run-1',
      to: '+14155552671',
      from: OURS,
      urls: { answer: 'https://gateway.example/a', events: 'https://gateway.example/s' },
      ringTimeoutSeconds: 60,
      maxDurationSeconds: 60,
      machineDetection: null,
    });

  it.each([STANDARD, MAIN])('of the kind $kind places, finds and ends calls', async (key) => {
    const provider = new TwilioCarrier(account(key));
    const dialled = await dial(provider);
    if (dialled.kind !== 'accepted') throw new Error(JSON.stringify(dialled));
    expect(dialled.accountId).toBe(carrier.accountSid);
    expect(await provider.calls.lookUp(dialled.ids)).toMatchObject({ kind: 'found' });
    expect(await provider.calls.end(dialled.ids, 'cancel')).toEqual({ kind: 'accepted' });
  });

  it('that is wrong places nothing, whatever the auth token', async () => {
    for (const key of [
      { ...STANDARD, secret: 'another' },
      { ...STANDARD, sid: sid('3c') },
    ]) {
      const provider = new TwilioCarrier(account(key, carrier.authToken));
      expect(await dial(provider)).toMatchObject({ kind: 'rejected', code: '20003' });
      const diagnostics = new TwilioDiagnostics(account(key, carrier.authToken));
      expect(await diagnostics.account()).toMatchObject({ kind: 'refused' });
    }
    expect(carrier.calls).toEqual([]);
  });

  it('of the standard kind may not see the account, which is no fault of the credentials', async () => {
    const standard = new TwilioDiagnostics(account(STANDARD));
    expect(await standard.account()).toEqual({ kind: 'hidden' });
    expect(await standard.alerts(new Date())).toMatchObject({ kind: 'found' });
    expect(await standard.ownedNumbers()).toMatchObject({ kind: 'found' });
    const main = new TwilioDiagnostics(account(MAIN));
    expect(await main.account()).toMatchObject({ kind: 'found', active: true });
    expect(await new TwilioDiagnostics(account(null)).account()).toMatchObject({ kind: 'refused' });
  });

  it('signs nothing: requests are verified by the auth token', () => {
    const provider = new TwilioCarrier(account(STANDARD, carrier.authToken));
    const answer = (token: string) =>
      new TwilioDiagnostics(account(STANDARD, token)).syntheticAnswer('https://gateway.example/a');
    const verdict = (token: string) => {
      const { method, headers, body } = answer(token);
      return provider.ingress.verify({
        method,
        target: '/a',
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: Buffer.from(body),
        urls: ['https://gateway.example/a'],
      }).valid;
    };
    expect([verdict(carrier.authToken), verdict(STANDARD.secret)]).toEqual([true, false]);
  });
});
