import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { BoundedHttpAdapter } from '../../src/bounded-http.adapter.js';
import { APP_OPTIONS, configureApp } from '../../src/configure-app.js';
import { parseSettings } from '../../src/parse-settings.js';
import { CARRIER_KINDS } from '../../src/providers/providers.module.js';
import { Draining } from '../../src/shared/draining.js';
import { claimedPort } from './claimed-port.js';
import { API_KEY, PUBLIC_ORIGIN } from './gateway.js';
import { MadeUpCarrier, MadeUpKind } from './made-up-carrier/made-up.carrier.js';
import { MadeUpExchange } from './made-up-carrier/made-up-exchange.js';
import { keepSecrets, testLog, testLogLevel } from './test-logs.js';

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
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
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
  const settings = parseSettings({
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: PUBLIC_ORIGIN,
    DATA_DIR: dataDir,
    API_KEY,
    SIMULATED_CARRIER: 'off',
    DRAIN_TIMEOUT_SECONDS: '0',
    LOG_LEVEL: testLogLevel(),
    ...env,
  });
  const log = testLog();
  const module = await Test.createTestingModule({
    imports: [AppModule.with(settings, log ? { log } : {})],
  })
    .overrideProvider(CARRIER_KINDS)
    .useValue([kind])
    .compile();
  const app = module.createNestApplication<NestExpressApplication>(
    new BoundedHttpAdapter(1_000),
    APP_OPTIONS,
  );
  configureApp(app);
  await app.listen(port, '127.0.0.1');
  keepSecrets(API_KEY, apiKey, ...Object.values(SECRETS), FIRST_NUMBER.slice(1));
  return {
    url,
    exchange,
    stop: async () => {
      app.get(Draining).start();
      await app.close();
      await exchange.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
