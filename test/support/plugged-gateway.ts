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
import type { CarrierKind } from '../../src/providers/carrier-kind.js';
import { CARRIER_KINDS } from '../../src/providers/providers.module.js';
import { Draining } from '../../src/shared/draining.js';
import { API_KEY } from './gateway.js';
import { keepSecrets, testLog, testLogLevel } from './test-logs.js';

/** The whole service with other carriers in place of its own list. */
export interface PluggedGateway {
  url: string;
  app: NestExpressApplication;
  stop(): Promise<void>;
}

/** @param port a free port, which the carriers may know already */
export async function startPluggedGateway(
  kinds: readonly CarrierKind[],
  port: number,
  env: Record<string, string>,
): Promise<PluggedGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
  const settings = parseSettings({
    PORT: String(port),
    HOST: '127.0.0.1',
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
    .useValue(kinds)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>(
    new BoundedHttpAdapter(1_000),
    APP_OPTIONS,
  );
  configureApp(app);
  await app.listen(port, '127.0.0.1');
  keepSecrets(API_KEY);
  return {
    url: `http://127.0.0.1:${port}`,
    app,
    stop: async () => {
      app.get(Draining).start();
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
