/**
 * `npm run migrate`: brings a PostgreSQL store to this release's schema, while instances of this
 * release and of the one before run on it. Safe to run twice, from several places at once, and
 * again after a failure.
 *
 * It uses the service's own settings (`DATABASE_URL`), so run it in the same environment.
 *
 * Options:
 * --check           only says which migrations are missing
 * --wait SECONDS    how long it waits for tables and for others that migrate; default 600
 *
 * Exit code: 0 the schema is up to date; 1 it is not, and why; 2 wrong options or settings;
 * 3 `--check` found migrations missing.
 */
import { loadSettings } from '../../src/load-settings.js';
import { SettingsError } from '../../src/config/settings-error.js';
import { maskText } from '../../src/shared/redact.js';
import { StartError } from '../../src/shared/start-error.js';
import { parseOptions, USAGE } from './options.js';
import { EXIT_FAILED, EXIT_USAGE, migrate } from './migrate.js';

function describe(error: unknown): string {
  return String(error instanceof Error ? error.stack : error);
}

async function main(names: string[]): Promise<number> {
  const options = parseOptions(names);
  if (!options) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const { store, cluster } = loadSettings();
  const { databaseUrl } = store;
  if (databaseUrl === null) {
    process.stderr.write(
      'DATABASE_URL is not set: the service itself migrates a store in SQLite, when it starts.\n',
    );
    return EXIT_USAGE;
  }
  // Not through a pooler, where one is in between: its deadlines and sessions are not ours.
  const url = cluster.databaseDirectUrl ?? databaseUrl;
  return migrate(url, options, (line) => process.stdout.write(`${line}\n`));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isOfSettings = error instanceof SettingsError;
  const isExpected = isOfSettings || error instanceof StartError;
  const text = error instanceof Error && isExpected ? error.message : describe(error);
  process.stderr.write(`${isOfSettings ? text : maskText(text)}\n`);
  process.exitCode = isOfSettings ? EXIT_USAGE : EXIT_FAILED;
}
