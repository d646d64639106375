import type { NestExpressApplication } from '@nestjs/platform-express';
import { claimedPort } from './claimed-port.js';
import { FeedCarrier, FeedKind } from './feed-carrier/feed-carrier.js';
import { FeedExchange } from './feed-carrier/feed-exchange.js';
import { startPluggedGateway } from './plugged-gateway.js';
import { keepSecrets } from './test-logs.js';

export const OUR_NUMBER = '+15005550006';
export const UNCLAIMED_NUMBER = '+15005550009';

/** The whole service, without a public address, with an account of a carrier that has a feed. */
export interface FeedGateway {
  url: string;
  app: NestExpressApplication;
  exchange: FeedExchange;
  stop(): Promise<void>;
}

/**
 * @param exchange the carrier's side, where it outlives the gateway
 */
export async function startFeedGateway(
  env: Record<string, string> = {},
  exchange?: FeedExchange,
): Promise<FeedGateway> {
  const port = await claimedPort();
  const apiKey = 'key-of-the-fed-api';
  const carrier = exchange ?? (await FeedExchange.start(apiKey));
  const account = new FeedCarrier({
    key: 'fed',
    apiUrl: carrier.apiUrl,
    apiKey,
    numbers: [OUR_NUMBER, UNCLAIMED_NUMBER],
    mediaUrl: `ws://127.0.0.1:${port}`,
  });
  // No tunnel is looked for where somebody else's may run.
  const settings = { TUNNEL_METRICS_URL: 'http://127.0.0.1:1', ...env };
  const kinds = [new FeedKind([account])];
  const gateway = await startPluggedGateway(kinds, port, settings);
  keepSecrets(apiKey, OUR_NUMBER.slice(1));
  return {
    url: gateway.url,
    app: gateway.app,
    exchange: carrier,
    stop: async () => {
      await gateway.stop();
      if (!exchange) await carrier.stop();
    },
  };
}
