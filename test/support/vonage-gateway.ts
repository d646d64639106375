import { VonageKind } from '../../src/providers/vonage/vonage.carrier.js';
import type { VonageAccount } from '../../src/providers/vonage/vonage.settings.js';
import type { SimulatedVonage } from '../../tools/carrier/vonage/rest-api.js';
import type { Doubts, VonageOptions } from '../../tools/carrier/vonage/vonage-options.js';
import { claimedPort } from './claimed-port.js';
import { OUR_NUMBER, PUBLIC_ORIGIN } from './gateway.js';
import { startPluggedGateway } from './plugged-gateway.js';
import { keepSecrets } from './test-logs.js';
import { API_KEY, APPLICATION, KEYS, SECRETS, simulated } from './vonage-fixture.js';

/** The whole service with an application of the simulated Vonage. */
export interface VonageGateway {
  url: string;
  vonage: SimulatedVonage;
  stop(): Promise<void>;
}

export async function startVonageGateway(
  options: Partial<VonageOptions> = {},
  doubts: Partial<Doubts> = {},
): Promise<VonageGateway> {
  const port = await claimedPort();
  const url = `http://127.0.0.1:${port}`;
  const own = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/vonage`;
  const vonage = await simulated(
    {
      numbers: [OUR_NUMBER],
      gateway: { origin: PUBLIC_ORIGIN, url },
      answerUrl: `${own}/answer`,
      eventUrl: `${own}/events`,
      ...options,
    },
    doubts,
  );
  const account: VonageAccount = {
    apiBaseUrl: vonage.baseUrl,
    applicationId: APPLICATION,
    privateKey: KEYS.privateKey,
    apiKey: API_KEY,
    signatureSecret: SECRETS.account,
    fromNumbers: [OUR_NUMBER],
    callsPerSecond: 1_000,
  };
  const gateway = await startPluggedGateway([new VonageKind(account)], port, {
    PUBLIC_URL: PUBLIC_ORIGIN,
    RECONCILE_AFTER_SECONDS: '1',
    RECONCILE_INTERVAL_SECONDS: '1',
    STREAM_GRACE_SECONDS: '3',
  });
  keepSecrets(SECRETS.account);
  return {
    url,
    vonage,
    stop: async () => {
      await gateway.stop();
      await vonage.stop();
    },
  };
}
