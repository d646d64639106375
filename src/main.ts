import 'reflect-metadata';
import { loadSettings } from './load-settings.js';
import { SettingsError } from './config/settings-error.js';
import { StoreHeldError } from './database/store-errors.js';
import { SignInLink } from './operations/console/sign-in-link.js';
import { outliveAgents } from './agents/outlive-agents.js';
import { Log } from './shared/logger.js';
import { Draining, sayDrainStep } from './shared/draining.js';
import { collectGently } from './shared/gentle-gc.js';
import { maskText } from './shared/redact.js';
import { StartError } from './shared/start-error.js';
import { onOrderToStop } from './shared/stop-orders.js';
import { startService } from './service.js';

const EXIT_FAILED = 1;

async function main(): Promise<void> {
  collectGently();
  // Signals are handled from the very beginning: a service that is asked to stop during its start
  // stops as soon as it has started.
  const asked = askedToStop();
  const service = await startService(loadSettings());
  outliveAgents(service.app.get(Log), fail);
  const { stderr } = process;
  const link = service.app.get(SignInLink);
  stderr.write((await link.invitation(service.localOrigin, stderr.isTTY)) ?? '');
  // The log has this line too, for collectors.
  if (stderr.isTTY) {
    service.app.get(Draining).onStep((step) => stderr.write(`${sayDrainStep(step)}\n`));
  }
  const ordered = new Promise<void>((resolve) => service.app.get(Draining).onOrder(resolve));
  await Promise.race([asked, ordered]);
  await service.stop();
  process.exit(0);
}

async function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    // A second request to stop does not wait for calls to end.
    onOrderToStop(['SIGTERM', 'SIGINT'], resolve, () => process.exit(EXIT_FAILED));
  });
}

/**
 * Whether an error is a fault that the operator has to fix, which is reported in
 * words; any other error is ours and is shown with its stack trace.
 */
function isExpected(error: Error): boolean {
  return (
    error instanceof SettingsError || error instanceof StoreHeldError || error instanceof StartError
  );
}

function fail(error: unknown): never {
  const text = error instanceof Error ? (isExpected(error) ? error.message : error.stack) : error;
  // A library's message may quote secrets, such as a connection string, so it is masked. Our
  // messages about settings hold examples and no values.
  const shown = error instanceof SettingsError ? error.message : maskText(String(text));
  process.stderr.write(`${shown}\n`);
  process.exit(EXIT_FAILED);
}

main().catch(fail);
