/** `npm run talk`: a scripted caller from the command line. */
import 'reflect-metadata';
import { outliveAgents } from '../../src/agents/outlive-agents.js';
import { SettingsError } from '../../src/config/settings-error.js';
import { PinoLog } from '../../src/shared/logger.js';
import { StartError } from '../../src/shared/start-error.js';
import { onOrderToStop } from '../../src/shared/stop-orders.js';
import { Narrator } from '../demo/narrator.js';
import { NoKeyError } from '../own-key.js';
import { EXIT_CODES } from './expectations.js';
import { readOptions, USAGE, UsageError, type TalkOptions } from './options.js';
import { Talk } from './talk.js';

const EXIT_CANNOT = 2;
const EXIT_INTERRUPTED = 130;

function optionsOrExit(args: readonly string[]): TalkOptions {
  try {
    const options = readOptions(args);
    if (options !== 'help') return options;
    process.stdout.write(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exit(EXIT_CANNOT);
  }
}

function madeOrExit(options: TalkOptions): Talk {
  try {
    return new Talk(options, new Narrator());
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(EXIT_CANNOT);
  }
}

function isExpected(error: unknown): boolean {
  return [UsageError, SettingsError, StartError, NoKeyError].some((kind) => error instanceof kind);
}

async function main(): Promise<number> {
  const talk = madeOrExit(optionsOrExit(process.argv.slice(2)));
  const interrupt = (): void => {
    void talk.stop().finally(() => process.exit(EXIT_INTERRUPTED));
  };
  onOrderToStop(['SIGINT', 'SIGTERM', 'SIGHUP'], interrupt, () => process.exit(EXIT_INTERRUPTED));
  try {
    return EXIT_CODES[await talk.run()];
  } catch (error) {
    const text = error instanceof Error && !isExpected(error) ? error.stack : undefined;
    process.stderr.write(`${text ?? (error instanceof Error ? error.message : String(error))}\n`);
    return EXIT_CANNOT;
  } finally {
    await talk.stop();
  }
}

outliveAgents(new PinoLog('error', {}), (error) => {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(EXIT_CANNOT);
});
process.exit(await main());
