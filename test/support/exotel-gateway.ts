import { ExotelCarrier, ExotelKind } from '../../src/providers/exotel/exotel.carrier.js';
import type { CarrierKind } from '../../src/providers/carrier-kind.js';
import type { Doubts } from '../../tools/carrier/exotel/exotel-options.js';
import { SimulatedExotel } from '../../tools/carrier/exotel/rest-api.js';
import { claimedPort } from './claimed-port.js';
import { PUBLIC_ORIGIN } from './gateway.js';
import { startPluggedGateway, type PluggedGateway } from './plugged-gateway.js';
import { keepSecrets } from './test-logs.js';

/** The two accounts: at one, what the documents leave open is one way, and at the other the other. */
export const EXOTEL_NUMBERS = { exotel: '+918012345678', 'exotel-2': '+912212345678' };
const TOKENS = {
  exotel: 'webhook-token-of-the-first-account',
  'exotel-2': 'webhook-token-of-the-second-account',
};
const OTHERWISE: Doubts = {
  asksBy: 'POST',
  sendsAs: 'json',
  casing: 'camel',
  numbersAs: 'number',
  encoding: 'base64',
  sampleRate: 16000,
  returnsCleared: false,
};

type Key = keyof typeof TOKENS;

export interface ExotelGateway extends PluggedGateway {
  exotel: Record<Key, SimulatedExotel>;
}

/** The whole service with two accounts at Exotel, each beside a simulator of it. */
export async function startExotelGateway(env: Record<string, string>): Promise<ExotelGateway> {
  const port = await claimedPort();
  const gateway = { origin: PUBLIC_ORIGIN, url: `http://127.0.0.1:${port}` };
  const simulated = (key: Key, doubts: Partial<Doubts>) =>
    SimulatedExotel.start(
      {
        accountSid: key,
        apiKey: 'exo_key',
        apiToken: 'token-of-the-api-of-exotel',
        flowId: '123456',
        numbers: [EXOTEL_NUMBERS[key]],
        appletUrl: `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/${key}/answer?token=${TOKENS[key]}`,
        gateway,
      },
      doubts,
    );
  const exotel = {
    exotel: await simulated('exotel', {}),
    'exotel-2': await simulated('exotel-2', OTHERWISE),
  };
  const accountOf = (key: Key) =>
    new ExotelCarrier(
      {
        apiBaseUrl: exotel[key].baseUrl,
        accountSid: key,
        apiKey: 'exo_key',
        apiToken: 'token-of-the-api-of-exotel',
        flowId: '123456',
        webhookToken: TOKENS[key],
        fromNumbers: [EXOTEL_NUMBERS[key]],
        callsPerSecond: 1_000,
      },
      key,
    );
  const kind: CarrierKind = Object.assign(new ExotelKind(null), {
    accounts: [accountOf('exotel'), accountOf('exotel-2')],
  });
  const started = await startPluggedGateway([kind], port, { PUBLIC_URL: PUBLIC_ORIGIN, ...env });
  keepSecrets('token-of-the-api-of-exotel', ...Object.values(TOKENS));
  return {
    ...started,
    exotel,
    stop: async () => {
      await started.stop();
      await exotel.exotel.stop();
      await exotel['exotel-2'].stop();
    },
  };
}
