import { PlivoKind } from '../../src/providers/plivo/plivo.carrier.js';
import type { PlivoAccount } from '../../src/providers/plivo/plivo.settings.js';
import { VobizKind } from '../../src/providers/vobiz/vobiz.carrier.js';
import { PlivoExchange } from '../../tools/carrier/plivo/exchange.js';
import type { Doubts } from '../../tools/carrier/plivo/exchange-options.js';
import { PLIVO_FACE, VOBIZ_FACE, type Face } from '../../tools/carrier/plivo/faces.js';
import { claimedPort } from './claimed-port.js';
import { PUBLIC_ORIGIN } from './gateway.js';
import { startPluggedGateway, type PluggedGateway } from './plugged-gateway.js';
import { AUTH_ID } from './plivo-fixture.js';
import { keepSecrets } from './test-logs.js';

export const PLIVO_NUMBER = '+15005550006';
export const VOBIZ_NUMBER = '+918012345678';
export const TOKENS = { plivo: 'auth-token-of-plivo', vobiz: 'auth-token-of-vobiz' };

/** The whole service with an account at Plivo and one at Vobiz, each beside a simulator of its carrier. */
export interface PlivoGateway extends PluggedGateway {
  plivo: PlivoExchange;
  vobiz: PlivoExchange;
}

export async function startPlivoGateway(
  env: Record<string, string> = {},
  doubts: { plivo?: Partial<Doubts>; vobiz?: Partial<Doubts> } = {},
): Promise<PlivoGateway> {
  const port = await claimedPort();
  const gateway = { origin: PUBLIC_ORIGIN, url: `http://127.0.0.1:${port}` };
  const exchangeOf = (face: Face, number: string) =>
    PlivoExchange.start(
      { face, authId: AUTH_ID, authToken: TOKENS[face.kind], numbers: [number], gateway },
      doubts[face.kind],
    );
  const plivo = await exchangeOf(PLIVO_FACE, PLIVO_NUMBER);
  const vobiz = await exchangeOf(VOBIZ_FACE, VOBIZ_NUMBER);
  const accountOf = ({ apiUrl, options }: PlivoExchange): PlivoAccount => ({
    apiBaseUrl: apiUrl,
    authId: options.authId,
    authToken: options.authToken,
    fromNumbers: options.numbers,
    callsPerSecond: 1_000,
    mediaFormat: 'mulaw',
    acceptsV2: false,
  });
  const kinds = [new PlivoKind(accountOf(plivo)), new VobizKind(accountOf(vobiz))];
  const started = await startPluggedGateway(kinds, port, { PUBLIC_URL: PUBLIC_ORIGIN, ...env });
  keepSecrets(...Object.values(TOKENS), PLIVO_NUMBER.slice(1), VOBIZ_NUMBER.slice(1));
  return {
    ...started,
    plivo,
    vobiz,
    stop: async () => {
      await started.stop();
      await plivo.stop();
      await vobiz.stop();
    },
  };
}
