import 'reflect-metadata';
import { loadSettings } from './load-settings.js';
import { SettingsError } from './config/settings-error.js';
import { StoreHeldError } from './database/store-errors.js';
import { SignInLink } from './operations/console/sign-in-link.js';
import { outliveAgents } from './agents/outlive-agents.js';
import { Log } from './shared/logger.js';
import { Draining, sayDrainStep } from './shared/draining.js';
import { maskText } from './shared/redact.js';
import { StartError } from './shared/start-error.js';
import { onOrderToStop } from './shared/stop-orders.js';
import { startService } from './service.js';

const EXIT_FAILED = 1;

async function main(): Promise<void> {
  // From the very beginning: asked to stop while it starts, it stops as soon as it has started.
  const asked = askedToStop();
  const service = await startService(loadSettings());
  outliveAgents(service.app.get(Log), fail);
  const { stderr } = process;
  stderr.write(service.app.get(SignInLink).invitation(service.localOrigin, stderr.isTTY) ?? '');
  // The log has it too, for those who collect it.
  if (stderr.isTTY) {
    service.app.get(Draining).onStep((step) => stderr.write(`${sayDrainStep(step)}\n`));
  }
  await asked;
  await service.stop();
  process.exit(0);
}

async function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    // Asked twice: do not wait for calls to end.
    onOrderToStop(['SIGTERM', 'SIGINT'], resolve, () => process.exit(EXIT_FAILED));
  });
}

/** What the person who starts us has to put right, told in words; anything else is ours and wants its trace. */
function isExpected(error: Error): boolean {
  return (
    error instanceof SettingsError || error instanceof StoreHeldError || error instanceof StartError
  );
}

function fail(error: unknown): never {
  const text = error instanceof Error ? (isExpected(error) ? error.message : error.stack) : error;
  // Whatever a library quotes: a connection string, say. What we say of settings has examples in it, and no values.
  const shown = error instanceof SettingsError ? error.message : maskText(String(text));
  process.stderr.write(`${shown}\n`);
  process.exit(EXIT_FAILED);
}

main().catch(fail);
