import 'reflect-metadata';
import { loadSettings } from './config/load-settings.js';
import { SettingsError } from './config/settings-error.js';
import { StoreHeldError } from './database/store-errors.js';
import { SignInLink } from './operations/console/sign-in-link.js';
import { outliveAgents } from './outlive-agents.js';
import { Log } from './shared/logger.js';
import { maskText } from './shared/redact.js';
import { startService } from './service.js';

const EXIT_FAILED = 1;

async function main(): Promise<void> {
  // From the very beginning: asked to stop while it starts, it stops as soon as it has started.
  const asked = askedToStop();
  const service = await startService(loadSettings());
  outliveAgents(service.app.get(Log), fail);
  const { stderr } = process;
  stderr.write(service.app.get(SignInLink).invitation(service.localOrigin, stderr.isTTY) ?? '');
  await asked;
  await service.stop();
  process.exit(0);
}

async function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (): void => {
      signals += 1;
      // Asked twice: do not wait for calls to end.
      if (signals > 1) process.exit(EXIT_FAILED);
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** Mistakes of whoever starts us, told in a line; anything else is ours and wants its trace. */
function isExpected(error: Error): boolean {
  if (error instanceof SettingsError || error instanceof StoreHeldError) return true;
  return 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');
}

function fail(error: unknown): never {
  const text = error instanceof Error ? (isExpected(error) ? error.message : error.stack) : error;
  // Whatever a library quotes: a connection string, say.
  process.stderr.write(`${maskText(String(text))}\n`);
  process.exit(EXIT_FAILED);
}

main().catch(fail);
