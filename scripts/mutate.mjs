// Changes the code in small ways and sees whether a test notices:
//
//   npm run mutate                        100 changes, drawn over the rooms below
//   npm run mutate -- --room calls -n 20  only there
//   SEED=1 npm run mutate                 the same changes again
//   npm run mutate -- --again             those that survived last, with today's specs
//
// Each change is made in a copy of the tree. The nearest specs go first (the
// file's own, then those of its room), then those of the room in `test/`, and
// then all unit specs that import the file. A change that every one of them passes has survived: it is shown, and
// wants a test or an explanation. Ends with 1 when more than one in twenty did.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutationsOf, TypeCheck } from './mutate/mutations.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const SURVIVORS_MAX = 0.05;
/** What survived the last run, for `--again`. */
const SURVIVORS = join(root, 'node_modules', '.cache', 'patchbay', 'survivors.json');
const NODE_JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join('node_modules', 'jest', 'bin', 'jest.js'),
];
/** A change that makes a test hang counts as noticed. */
const HANGS_MS = 600_000;
/**
 * Folders that the tests do not read, or that are linked instead. `dist` is copied:
 * some tests start the compiled program, without the change.
 */
const NOT_COPIED = new Set(['node_modules', '.git', 'coverage', 'data', 'media']);

/**
 * Specs in `test/` by room. Specs that are fast and cover much come first. None
 * runs the compiled program.
 */
const SPECS = {
  calls: [
    'contract/sqlite-store',
    'contract/call-list',
    'e2e/webhooks-status-callback',
    'e2e/webhooks-parallel',
    'e2e/api-calls',
    'e2e/api-idempotency',
    'e2e/events-out',
    'e2e/erasure',
    'e2e/recording',
    'e2e/feed',
    'e2e/call-logs',
    'e2e/metrics',
  ],
  providers: [
    'contract/twilio-carrier',
    'contract/twilio-diagnostics',
    'e2e/placing',
    'e2e/doctor',
  ],
  control: [
    'e2e/placing',
    'e2e/api-hangup',
    'e2e/reconcile',
    'e2e/lost-dials',
    'contract/feed-carrier',
    'e2e/traces',
  ],
  telephony: ['contract/speech', 'contract/feed-carrier', 'e2e/webhooks-', 'e2e/media-'],
  api: ['e2e/api-', 'e2e/placing', 'e2e/feed', 'e2e/events-out', 'e2e/numbers', 'e2e/erasure'],
  doctor: ['e2e/doctor'],
  urls: ['e2e/webhooks-public-url', 'e2e/proxy', 'e2e/webhooks-signature', 'e2e/health'],
  config: ['e2e/health', 'e2e/calls'],
  tenants: [
    'contract/sqlite-store',
    'e2e/api-auth',
    'e2e/api-admin',
    'e2e/api-workflows',
    'e2e/console',
    'e2e/numbers',
    'contract/keys-beside-others',
  ],
};

const { values: options } = parseArgs({
  options: {
    room: { type: 'string', multiple: true },
    number: { type: 'string', short: 'n', default: '100' },
    workers: { type: 'string', default: '2' },
    again: { type: 'boolean', default: false },
  },
});
const rooms = options.room ?? Object.keys(SPECS);
for (const room of rooms) {
  if (!(room in SPECS)) fail(`--room ${room}: one of ${Object.keys(SPECS).join(', ')}`);
}
const wanted = wholeNumber('--number', options.number);
const workers = wholeNumber('--workers', options.workers);
const seed = wholeNumber('SEED', process.env.SEED ?? String(Date.now() % 1_000_000));
const random = generator(seed);

const changes = options.again ? survivorsOfLast() : draw();
console.log(
  options.again
    ? `${changes.length} small changes that survived last`
    : `SEED=${seed}: ${wanted} small changes over ${rooms.join(', ')}`,
);
const copies = [];
process.on('exit', () => copies.forEach((copy) => rmSync(copy, { recursive: true, force: true })));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const survivors = [];
const noticed = new Map();
/** Whether Jest passes without any change, by its arguments. */
const unchanged = new Map();
let done = 0;
// Takes one change of each room in turn, so that an interrupted run has covered all rooms.
const waiting = changes.toSorted((a, b) => a.turn - b.turn);
await Promise.all(Array.from({ length: workers }, () => work(makeCopy())));

console.log(`\n${changes.length - survivors.length} of ${changes.length} changes were noticed`);
for (const [where, count] of noticed) console.log(`  ${String(count).padStart(4)} by ${where}`);
if (survivors.length > 0) console.log(`\nSurvived (SEED=${seed}):`);
for (const change of survivors) console.log(`\n${describe(change)}`);
mkdirSync(dirname(SURVIVORS), { recursive: true });
const kept = survivors.map(({ room, file, ...change }) => ({ room, file, ...linesOf(change) }));
writeFileSync(SURVIVORS, JSON.stringify(kept, null, 2));
const isFew = options.again ? survivors.length === 0 : survivors.length <= wanted * SURVIVORS_MAX;
process.exit(isFew ? 0 : 1);

/**
 * Draws the same number from each room, each from a file drawn in proportion to its
 * possible changes.
 */
function draw() {
  const check = new TypeCheck(root);
  const drawn = [];
  for (const [index, room] of rooms.entries()) {
    const share =
      Math.floor(((index + 1) * wanted) / rooms.length) -
      Math.floor((index * wanted) / rooms.length);
    const possible = sourcesOf(room).flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return mutationsOf(file, text).map((mutation) => ({ room, file, before: text, ...mutation }));
    });
    let taken = 0;
    while (taken < share && possible.length > 0) {
      const [change] = possible.splice(Math.floor(random() * possible.length), 1);
      change.after = mutated(change.before, change);
      if (!check.passes(join(root, change.file), change.after)) continue;
      drawn.push({ ...change, turn: taken });
      taken += 1;
    }
  }
  return drawn;
}

/** The survivors of the last run, wherever their lines stand now. */
function survivorsOfLast() {
  if (!existsSync(SURVIVORS)) fail('--again: nothing has survived here yet');
  return JSON.parse(readFileSync(SURVIVORS, 'utf8')).flatMap(({ room, file, kind, was, now }) => {
    const before = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
    const change = mutationsOf(file, before)
      .map((one) => ({ room, file, before, after: mutated(before, one), turn: 0, ...one }))
      .find((one) => {
        const lines = linesOf(one);
        return one.kind === kind && lines.was === was && lines.now === now;
      });
    if (!change) console.log(`Gone with its line: ${file}\n  - ${was}\n  + ${now}`);
    return change ? [change] : [];
  });
}

function mutated(before, { start, end, text }) {
  return before.slice(0, start) + text + before.slice(end);
}

function sourcesOf(room) {
  return readdirSync(join(root, 'src', room), { recursive: true })
    .map((name) => join('src', room, String(name)))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
}

async function work(copy) {
  for (let change = waiting.shift(); change; change = waiting.shift()) {
    const file = join(copy, change.file);
    writeFileSync(file, change.after);
    const by = await noticedBy(copy, change);
    writeFileSync(file, change.before);
    done += 1;
    if (by) noticed.set(by, (noticed.get(by) ?? 0) + 1);
    else survivors.push(change);
    const head = describe(change).split('\n')[0];
    console.log(
      `${String(done).padStart(4)}/${changes.length} ${by ? `noticed by ${by}` : 'SURVIVED'}: ${head}`,
    );
  }
}

/** What noticed the change first; null when nothing did. */
async function noticedBy(copy, change) {
  const { room, file } = change;
  const own = file.replace(/\.ts$/, '.spec.ts');
  const related = relatedSpecs(file).filter((spec) => spec !== own);
  const tries = [
    ['its own spec', existsSync(join(root, own)) ? [own] : []],
    ['a spec of its room', related.filter((spec) => spec.startsWith(`src/${room}/`))],
    ...SPECS[room].map((prefix) => [
      `test/${prefix}`,
      related.filter((spec) => spec.startsWith(`test/${prefix}`)),
    ]),
    [
      'another unit spec',
      related.filter((spec) => spec.startsWith('src/') && !spec.startsWith(`src/${room}/`)),
    ],
  ];
  for (const [name, specs] of tries) {
    if (specs.length === 0) continue;
    const args = ['--runTestsByPath', ...specs];
    if ((await fails(copy, args)) && (await passesUnchanged(copy, change, args))) return name;
  }
  return null;
}

/** The specs that import a file, however far away. */
function relatedSpecs(file) {
  const { stdout } = spawnSync(
    process.execPath,
    [...NODE_JEST, '--listTests', '--findRelatedTests', file],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return stdout
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => relative(root, path));
}

/**
 * Whether the specs pass without the change; a failure would otherwise prove
 * nothing about it. Leaves the change in place.
 */
async function passesUnchanged(copy, { file, before, after }, args) {
  const key = args.join(' ');
  if (!unchanged.has(key)) {
    writeFileSync(join(copy, file), before);
    unchanged.set(key, !(await fails(copy, args)));
    writeFileSync(join(copy, file), after);
    if (!unchanged.get(key)) console.log(`     ${key} fails by itself and is left out`);
  }
  return unchanged.get(key);
}

/** Whether Jest finds a fault in the copy. */
function fails(copy, args) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [...NODE_JEST, '--bail', '--silent', '--runInBand', '--forceExit', ...args],
      { cwd: copy, stdio: 'ignore', env: { ...process.env, CI: 'true' } },
    );
    const timer = setTimeout(() => child.kill('SIGKILL'), HANGS_MS);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code !== 0);
    });
  });
}

function makeCopy() {
  const copy = mkdtempSync(join(tmpdir(), 'patchbay-mutate-'));
  copies.push(copy);
  for (const name of readdirSync(root)) {
    if (!NOT_COPIED.has(name)) cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function describe({ file, ...change }) {
  const { line, kind, was, now } = linesOf(change);
  return `${relative('.', file)}:${line} (${kind})\n  - ${was}\n  + ${now}`;
}

/** What the changed line was, and what the change makes of it. */
function linesOf({ kind, before, after, start }) {
  const line = before.slice(0, start).split('\n').length;
  const at = (text) => text.split('\n')[line - 1].trim();
  return { line, kind, was: at(before), now: at(after) };
}

function wholeNumber(name, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    fail(`${name} must be a whole number from 1, not "${text}"`);
  return number;
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

/** mulberry32: small, and gives the same numbers everywhere. */
function generator(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
