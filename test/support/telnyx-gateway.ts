import { TelnyxKind } from '../../src/providers/telnyx/telnyx.carrier.js';
import type { TelnyxAccount } from '../../src/providers/telnyx/telnyx.settings.js';
import { SimulatedTelnyx } from '../../tools/carrier/telnyx/rest-api.js';
import type { TelnyxOptions } from '../../tools/carrier/telnyx/telnyx-options.js';
import { claimedPort } from './claimed-port.js';
import { OUR_NUMBER, PUBLIC_ORIGIN } from './gateway.js';
import { startPluggedGateway } from './plugged-gateway.js';
import { keepSecrets } from './test-logs.js';

export const CONNECTION = '1684641123236054244';
const API_KEY = 'KEY018B-of-the-telnyx-account';

/** The whole service with an account of the simulated Telnyx. */
export interface TelnyxGateway {
  url: string;
  telnyx: SimulatedTelnyx;
  stop(): Promise<void>;
}

export async function startTelnyxGateway(
  options: Partial<TelnyxOptions> = {},
  env: Record<string, string> = {},
): Promise<TelnyxGateway> {
  const port = await claimedPort();
  const url = `http://127.0.0.1:${port}`;
  const telnyx = await SimulatedTelnyx.start({
    apiKey: API_KEY,
    connectionId: CONNECTION,
    numbers: [OUR_NUMBER],
    gateway: { origin: PUBLIC_ORIGIN, url },
    webhookUrl: `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/telnyx/events`,
    ...options,
  });
  const account: TelnyxAccount = {
    apiBaseUrl: telnyx.baseUrl,
    apiKey: API_KEY,
    publicKey: telnyx.publicKey,
    connectionId: CONNECTION,
    fromNumbers: [OUR_NUMBER],
    callsPerSecond: 1_000,
  };
  const kind = new TelnyxKind(account);
  const gateway = await startPluggedGateway([kind], port, { PUBLIC_URL: PUBLIC_ORIGIN, ...env });
  keepSecrets(API_KEY);
  return {
    url,
    telnyx,
    stop: async () => {
      await gateway.stop();
      await telnyx.stop();
    },
  };
}
