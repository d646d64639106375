import 'reflect-metadata';
import { loadSettings } from './config/load-settings.js';
import { SettingsError } from './config/settings-error.js';
import { startService } from './service.js';

const EXIT_FAILED = 1;

async function main(): Promise<void> {
  const service = await startService(loadSettings());
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    // Asked twice: do not wait for calls to end.
    if (signals > 1) process.exit(EXIT_FAILED);
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function fail(error: unknown): never {
  const expected = error instanceof SettingsError;
  const text = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(EXIT_FAILED);
}

main().catch(fail);
