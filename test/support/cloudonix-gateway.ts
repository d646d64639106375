import type { CarrierKind } from '../../src/providers/carrier-kind.js';
import {
  CloudonixCarrier,
  CloudonixKind,
} from '../../src/providers/cloudonix/cloudonix.carrier.js';
import type { Doubts } from '../../tools/carrier/cloudonix/cloudonix-options.js';
import { SimulatedCloudonix } from '../../tools/carrier/cloudonix/rest-api.js';
import { claimedPort } from './claimed-port.js';
import { PUBLIC_ORIGIN } from './gateway.js';
import { startPluggedGateway, type PluggedGateway } from './plugged-gateway.js';
import { keepSecrets } from './test-logs.js';

/** The two accounts: at one, what the documents leave open is one way, and at the other the other. */
export const CLOUDONIX_NUMBERS = { cloudonix: '+12025550100', 'cloudonix-2': '+12025550101' };
const WEBHOOK_KEYS = {
  cloudonix: 'webhook-key-of-the-first-domain',
  'cloudonix-2': 'webhook-key-of-the-second-domain',
};
const API_KEY = 'XI-key-of-the-api-of-cloudonix';
const OTHERWISE: Doubts = {
  asksBy: 'GET',
  asksIn: 'form',
  toldIn: 'list',
  namesSession: false,
  plus: false,
  hangsUpWith: 200,
};

export type CloudonixKey = keyof typeof WEBHOOK_KEYS;

export interface CloudonixGateway extends PluggedGateway {
  cloudonix: Record<CloudonixKey, SimulatedCloudonix>;
}

/** The whole service with two domains at Cloudonix, each beside a simulator of it. */
export async function startCloudonixGateway(
  env: Record<string, string>,
): Promise<CloudonixGateway> {
  const port = await claimedPort();
  const simulated = (key: CloudonixKey, doubts: Partial<Doubts>) =>
    SimulatedCloudonix.start(
      {
        domain: `${key}.cloudonix.net`,
        apiKey: API_KEY,
        webhookKey: WEBHOOK_KEYS[key],
        numbers: [CLOUDONIX_NUMBERS[key]],
        applicationUrl: `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/${key}/answer`,
        gateway: { origin: PUBLIC_ORIGIN, url: `http://127.0.0.1:${port}` },
      },
      doubts,
    );
  const cloudonix = {
    cloudonix: await simulated('cloudonix', {}),
    'cloudonix-2': await simulated('cloudonix-2', OTHERWISE),
  };
  const accountOf = (key: CloudonixKey) =>
    new CloudonixCarrier(
      {
        apiBaseUrl: cloudonix[key].baseUrl,
        domain: `${key}.cloudonix.net`,
        apiKey: API_KEY,
        webhookKey: WEBHOOK_KEYS[key],
        fromNumbers: [CLOUDONIX_NUMBERS[key]],
        callsPerSecond: 1_000,
      },
      key,
    );
  const kind: CarrierKind = Object.assign(new CloudonixKind(null), {
    accounts: [accountOf('cloudonix'), accountOf('cloudonix-2')],
  });
  const started = await startPluggedGateway([kind], port, { PUBLIC_URL: PUBLIC_ORIGIN, ...env });
  keepSecrets(API_KEY, ...Object.values(WEBHOOK_KEYS));
  return {
    ...started,
    cloudonix,
    stop: async () => {
      await started.stop();
      await cloudonix.cloudonix.stop();
      await cloudonix['cloudonix-2'].stop();
    },
  };
}
