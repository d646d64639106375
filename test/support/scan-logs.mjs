// Scans the logs of a whole test run for data that no log may hold: node test/support/scan-logs.mjs
// DIRECTORY Every `*.log` is read; the file `secrets`, one literal a line, adds to the shapes
// below. Exit code 0: nothing found; 1: something was, and where.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Deliberately not the patterns of `src/shared/redact.ts`, so that a mistake there
 * is not repeated here.
 */
const SHAPES = [
  ['phone number', /(?:\+|%2B)\d{7,}/gi],
  // Numbers of fiction, as the tests use them, without their plus.
  ['phone number', /(?<![\w.+-])1?[2-9]\d\d555\d{4}(?![\w-])/g],
  ['name in an address', /\b(?:sips?|client|whatsapp):(?!\[)[^\s@":]+@/gi],
  ['credentials', /\b(?:Bearer|Basic) +(?!\[)\S{16,}/gi],
  ['key', /\b(?:pbk_|whsec_|sk-)[\w+/=-]{8,}/g],
  ['signature', /(?<![\w+/=])(?:[A-Za-z0-9+/]{27}|[A-Za-z0-9+/]{43})=(?![\w+/=])/g],
  ['token', /(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])/g],
  ['auth token', /(?<![\w-])[0-9a-f]{32}(?![\w-])/g],
  ['password', /:\/\/[^\s/@:"']*:[^\s/@"']+@/g],
  ['digits', /"digits?":"(?!\[)[^"]+|\bDigits=[\d*#]+/g],
];
/** W3C ids look like auth tokens but are not. */
const TRACE_ID = /"trace_id":"[0-9a-f]{32}"/g;
/** Examples in messages about settings; these numbers belong to nobody. */
const EXAMPLES = /such as \+\d+(?:,\+\d+)*/g;
const SHOWN = 3;

const [directory] = process.argv.slice(2);
if (!directory) {
  process.stderr.write('usage: scan-logs.mjs DIRECTORY\n');
  process.exit(2);
}

const secretsFile = join(directory, 'secrets');
const literals = existsSync(secretsFile)
  ? [...new Set(readFileSync(secretsFile, 'utf8').split('\n'))].filter((text) => text.length > 5)
  : [];

function leaksOf(line) {
  const text = line.replaceAll(TRACE_ID, '').replaceAll(EXAMPLES, '');
  const shaped = SHAPES.flatMap(([kind, shape]) =>
    [...text.matchAll(shape)].map(([found]) => [kind, found]),
  );
  const literal = literals.filter((secret) => text.includes(secret));
  return [...shaped, ...literal.map((secret) => ['secret of the test', secret])];
}

function mask(secret) {
  return `${secret.slice(0, SHOWN)}… (${secret.length} characters)`;
}

let lines = 0;
let leaks = 0;
const files = readdirSync(directory)
  .filter((name) => name.endsWith('.log'))
  .sort();
for (const file of files) {
  for (const [index, line] of readFileSync(join(directory, file), 'utf8').split('\n').entries()) {
    if (line === '') continue;
    lines += 1;
    for (const [kind, found] of leaksOf(line)) {
      leaks += 1;
      const event = /"event":"([\w.-]+)"/.exec(line)?.[1] ?? 'no event';
      process.stderr.write(`${file}:${index + 1}: ${kind} in ${event}: ${mask(found)}\n`);
    }
  }
}
process.stderr.write(
  leaks === 0
    ? `Logs: ${lines} lines of ${files.length} files hold no number, token, signature or key.\n`
    : `Logs: ${leaks} leaks in ${lines} lines; the logs are in ${directory}\n`,
);
process.exit(leaks === 0 ? 0 : 1);
