import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from '@jest/globals';

// `npm test` sets TEST_LOG_DIR: every gateway of every test then logs at debug into that directory,
// and `scan-logs.mjs` looks for data that no log may hold. TEST_LOG_LEVEL is for people, and takes
// precedence.

const directory = process.env['TEST_LOG_LEVEL'] ? undefined : process.env['TEST_LOG_DIR'];

/**
 * The one secret that is printed, on the terminal of a first start; in a log it
 * would not begin a line.
 */
const INVITATION = /^Console \(one sign-in.*\n/m;

/** The level of a gateway's log in tests. */
export function testLogLevel(): string {
  return directory ? 'debug' : (process.env['TEST_LOG_LEVEL'] ?? 'silent');
}

/** Where a gateway in this process logs to; absent: standard output. */
export function testLog(): { write(line: string): void } | undefined {
  return directory ? { write: (line) => keepOutput(line) } : undefined;
}

/** Keeps what a gateway in a process of its own wrote to standard output or error. */
export function keepOutput(text: string, of = 'gateway'): void {
  if (!directory) return;
  appendFileSync(join(directory, `${specName()}.${of}.log`), text.replace(INVITATION, ''));
}

/** Literals that no log may hold, beside those that are known by their shape. */
export function keepSecrets(...secrets: string[]): void {
  if (directory) appendFileSync(join(directory, 'secrets'), `${secrets.join('\n')}\n`);
}

/** The test file, as the name of a file. */
function specName(): string {
  const path = expect.getState().testPath ?? 'unknown';
  return relative(process.cwd(), path).replaceAll(/[\\/]/g, '_');
}
