import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fileStartError } from './file-fault.js';
import type { Log } from './logger.js';
import { StartError } from './start-error.js';

const OTHERS = 0o077;

/** A secret in a file of its own in DATA_DIR, which the first start makes. */
export interface SecretFile {
  path: string;
  /** What it is: `API key`. */
  what: string;
  /** The first word of its events in the log: `api_key`. */
  event: string;
  /** What the file must hold; continues the words "It must be". */
  expected: string;
  /** What to do about a file that holds something else, in a sentence. */
  fix: string;
  isValid(text: string): boolean;
  /** Makes a new secret, in one line. */
  make(): string;
}

/**
 * Reads the secret, or makes it where the file is missing or empty. Warns where others on this
 * machine may read the file.
 *
 * @throws StartError when the file cannot be used
 */
export function readSecretFile(file: SecretFile, log: Log): string {
  const { path } = file;
  let known: string;
  try {
    known = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    if (known === '') return generate(file, log);
    if ((statSync(path).mode & OTHERS) !== 0) {
      log.warn(`${file.event}.exposed`, {
        file: path,
        fix: `chmod 600 ${path}: others on this machine may read it`,
      });
    }
  } catch (error) {
    throw fileStartError('DATA_DIR', path, error);
  }
  if (!file.isValid(known)) {
    throw new StartError(
      'DATA_DIR',
      `what is in ${path} is no ${file.what}`,
      `It must be ${file.expected}. ${file.fix}`,
    );
  }
  return known;
}

function generate(file: SecretFile, log: Log): string {
  const secret = file.make();
  const directory = dirname(file.path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // The file gets its name only when it is complete and on the disk: a start that is killed must
  // leave neither an empty secret nor one that a power cut takes back.
  const unfinished = openSync(`${file.path}.new`, 'w', 0o600);
  try {
    writeSync(unfinished, `${secret}\n`);
    fsyncSync(unfinished);
  } finally {
    closeSync(unfinished);
  }
  renameSync(`${file.path}.new`, file.path);
  syncDirectory(directory);
  log.info(`${file.event}.generated`, { file: file.path });
  return secret;
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
