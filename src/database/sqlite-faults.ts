import { fileStartError } from '../shared/file-fault.js';
import { codeOf, StartError } from '../shared/start-error.js';

/** What SQLite's codes, and those of the disk under it, mean for the person who has to fix the fault. */
const FAULTS: ReadonlyArray<[RegExp, string, string]> = [
  [
    /^SQLITE_FULL|^ENOSPC|^EDQUOT/,
    'the disk is full',
    'Make room where DATA_DIR is, or set RECORDING_RETENTION_DAYS.',
  ],
  [
    /^SQLITE_READONLY|^SQLITE_PERM|^SQLITE_AUTH/,
    'it may not be written to',
    'Give DATA_DIR and all in it to the user that runs the service, on a file system that is mounted for writing.',
  ],
  [
    /^SQLITE_CANTOPEN/,
    'it cannot be opened',
    'Give DATA_DIR and all in it to the user that runs the service.',
  ],
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    'it is damaged, or no database at all',
    'Move it away and put a backup in its place (`npm run backup` makes them).',
  ],
  [
    /^SQLITE_(IOERR|PROTOCOL)|^EIO/,
    'the disk fails to read or write it',
    'Look at the log of the system; a store wants a local disk, not one of the network.',
  ],
];

export function explainSqlite(error: unknown): { cause: string; fix: string } | null {
  const code = codeOf(error) || openCode(error);
  const found = FAULTS.find(([pattern]) => pattern.test(code));
  return found ? { cause: `${found[1]} (${code})`, fix: found[2] } : null;
}

/** A file that cannot be opened is reported by `libsql` without a code, with SQLite's number (14) in the text. */
function openCode(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return /Unable to open connection to local database/.test(String(message))
    ? 'SQLITE_CANTOPEN'
    : '';
}

/**
 * Makes the error that ends the start; an error that is not about the disk is
 * returned unchanged.
 */
export function sqliteStartError(directory: string, error: unknown): unknown {
  const fault = explainSqlite(error);
  if (!fault) return fileStartError('DATA_DIR', directory, error);
  return new StartError('DATA_DIR', `the database in ${directory}: ${fault.cause}`, fault.fix, {
    cause: error,
  });
}
