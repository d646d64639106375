import { claimedPort } from './claimed-port.js';
import { PUBLIC_ORIGIN } from './gateway.js';
import { MadeUpCarrier, MadeUpKind } from './made-up-carrier/made-up.carrier.js';
import { MadeUpExchange } from './made-up-carrier/made-up-exchange.js';
import { startPluggedGateway } from './plugged-gateway.js';
import { keepSecrets } from './test-logs.js';

export const FIRST_NUMBER = '+15005550006';
export const SECOND_NUMBER = '+15005550009';
export const SECRETS = { first: 'secret-of-the-first-account', second: 'secret-of-the-second' };

/**
 * The whole service with two accounts of a made-up carrier, in place of its own
 * list of carriers.
 */
export interface MadeUpGateway {
  url: string;
  exchange: MadeUpExchange;
  stop(): Promise<void>;
}

export async function startMadeUpGateway(env: Record<string, string> = {}): Promise<MadeUpGateway> {
  const port = await claimedPort();
  const url = `http://127.0.0.1:${port}`;
  const apiKey = 'key-of-the-made-up-api';
  const exchange = await MadeUpExchange.start({
    apiKey,
    secret: SECRETS.first,
    gateway: { origin: PUBLIC_ORIGIN, url },
  });
  const account = (key: string, secret: string, numbers: string[]) =>
    new MadeUpCarrier({ key, apiUrl: exchange.apiUrl, apiKey, secret, numbers });
  const kind = new MadeUpKind([
    account('made-up', SECRETS.first, [FIRST_NUMBER]),
    account('made-up-2', SECRETS.second, [SECOND_NUMBER]),
  ]);
  const gateway = await startPluggedGateway([kind], port, { PUBLIC_URL: PUBLIC_ORIGIN, ...env });
  keepSecrets(apiKey, ...Object.values(SECRETS), FIRST_NUMBER.slice(1));
  return {
    url,
    exchange,
    stop: async () => {
      await gateway.stop();
      await exchange.stop();
    },
  };
}
