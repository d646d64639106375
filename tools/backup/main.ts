/**
 * `npm run backup -- <file>`: a consistent copy of the running SQLite store.
 *
 * It uses the service's own settings (`DATA_DIR`), so run it in the same directory
 * and environment. A store in PostgreSQL is backed up with `pg_dump`.
 *
 * To restore:
 * 1. stop the service;
 * 2. in `DATA_DIR`, move `patchbay.db`, `patchbay.db-wal` and `patchbay.db-shm` away;
 * 3. copy the backup to `DATA_DIR/patchbay.db`, owned by the service's user, mode 600;
 * 4. start the service, which migrates an older schema and asks the
 *    carriers what became of the calls that were live.
 *
 * The backup does not contain `DATA_DIR/credentials-key` (without it, or `CREDENTIALS_KEY`, what
 * is encrypted in the store cannot be read), `DATA_DIR/api-key` (it has only the key's hash; keep
 * the file, or set `API_KEY`), `.env`, and the files beside the store. Restore recordings
 * (`DATA_DIR/recordings`) together with the store of the same moment, because an
 * older store gives the ids of lost calls to new calls.
 */
import { resolve } from 'node:path';
import { loadSettings } from '../../src/load-settings.js';
import { SettingsError } from '../../src/config/settings-error.js';
import { credentialsKeyFile } from '../../src/shared/sealing/sealing-keys.js';
import { BackupError, backUp } from './back-up.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function main(names: string[]): number {
  const [name] = names;
  if (name === undefined || name === '' || names.length > 1) {
    process.stderr.write('Usage: npm run backup -- <file>\n');
    return EXIT_USAGE;
  }
  // npm changes to the package's directory, but the name is relative to the user's.
  const file = resolve(process.env['INIT_CWD'] ?? process.cwd(), name);
  try {
    const { store, credentials } = loadSettings();
    const { databaseUrl, dataDir } = store;
    if (databaseUrl !== null) {
      throw new BackupError(
        'The store is in PostgreSQL (DATABASE_URL): back it up with pg_dump, e.g. pg_dump --format=custom --file=<file> "$DATABASE_URL".',
      );
    }
    backUp(dataDir, file);
    process.stdout.write(`${file} is a copy of the store in ${resolve(dataDir)}.\n`);
    const key = credentials.key === null ? resolve(credentialsKeyFile(dataDir)) : 'CREDENTIALS_KEY';
    process.stdout.write(
      `It does not contain the key of what is encrypted in it: keep ${key} too, and elsewhere.\n`,
    );
    return 0;
  } catch (error) {
    const expected = error instanceof BackupError || error instanceof SettingsError;
    const text = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
    process.stderr.write(`${text}\n`);
    return EXIT_FAILED;
  }
}

process.exitCode = main(process.argv.slice(2));
