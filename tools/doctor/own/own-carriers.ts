import { existsSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { settingsProviders } from '../../../src/app.module.js';
import type { Settings } from '../../../src/parse-settings.js';
import { ProviderRegistry, type StoredAccount } from '../../../src/providers/provider-registry.js';
import { ProvidersModule } from '../../../src/providers/providers.module.js';
import type { Log } from '../../../src/shared/logger.js';
import { AesSealer } from '../../../src/shared/sealing/aes-sealer.js';
import { credentialsKeyFile, sealingKeys } from '../../../src/shared/sealing/sealing-keys.js';
import { AccountRows } from '../../../src/tenants/carrier-account-rows.js';
import { withStore } from './own-store.js';

const STORE_MS = 10_000;

/** The carriers' accounts, of the environment and, where the store can be read, of the store. Asks no carrier. */
export async function ownCarriers(settings: Settings, log: Log): Promise<ProviderRegistry> {
  const providers = settingsProviders(settings);
  const exports = providers.map((entry) => ('provide' in entry ? entry.provide : entry));
  const settingsModule = { module: class Ground {}, global: true, providers, exports };
  const context = await NestFactory.createApplicationContext(
    { module: class Carriers {}, imports: [settingsModule, ProvidersModule] },
    { logger: false },
  );
  const registry = context.get(ProviderRegistry, { strict: false });
  // What is wrong with the store is told by the check of the store.
  const stored = await Promise.race([
    storedAccounts(settings, registry, log).catch(() => []),
    new Promise<[]>((resolve) => setTimeout(() => resolve([]), STORE_MS).unref()),
  ]);
  registry.replaceStored(stored, new Set());
  return registry;
}

/** Without those whose secrets cannot be read, or that do not fit any more. */
async function storedAccounts(
  settings: Settings,
  registry: ProviderRegistry,
  log: Log,
): Promise<StoredAccount[]> {
  const rows = await withStore(settings, ({ db }) =>
    db
      .selectFrom('carrier_accounts')
      .selectAll()
      .orderBy('created_at')
      .orderBy('account_key')
      .execute(),
  );
  const reader = new AccountRows(new AesSealer(keysOf(settings, log)));
  return rows.flatMap((row) => {
    const { key, provider, secrets, callsPerSecond, enabled, maxConcurrentCalls, ...rest } =
      reader.read(row);
    const form = registry.kindOf(provider)?.form;
    if (!form || typeof secrets === 'string' || registry.isFixed(key)) return [];
    if (form.faultsIn({ settings: rest.settings, secrets }).length > 0) return [];
    const account = form.make({ key, settings: rest.settings, secrets, callsPerSecond });
    return [{ account, enabled, maxConcurrentCalls }];
  });
}

/** As the service has them. A key that is not there yet is not made. */
function keysOf({ credentials, store }: Settings, log: Log) {
  const file = credentialsKeyFile(store.dataDir);
  const { key, previousKey } = credentials;
  const isThere = store.databaseUrl === null && existsSync(file);
  return sealingKeys({ key, previousKey, file: isThere ? file : null }, log);
}
