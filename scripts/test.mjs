// Runs the tests: everything by default, `--long` for the long forms of the fault,
// fuzz and soak tests too, `--browser`, `--asterisk`, `--carriers` or `--docs` for those in a browser, with
// a real Asterisk, at the simulators of carriers or of what the pages print instead; further arguments are Jest's. Then scans everything that the gateways of the tests have
// logged, and prints the seed that repeats the run (`SEED=…`) and the processor
// time of the run.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build.mjs';
import { testDirectory } from './test-directory.mjs';
import { keepServers } from './test-servers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rest = process.argv.slice(2);
const long = rest.includes('--long');
// A browser takes all resources of a small machine, audio is compared by the clock of its peers, and what
// pages print is done in its order.
const alone = ['browser', 'asterisk', 'carriers', 'docs'].find((name) =>
  rest.includes(`--${name}`),
);
/** The options by which a user says how many files run at a time. */
const WORKERS = /^(-w|-i|--maxWorkers|--max-workers|--runInBand|--run-in-band)(=|\d|$)/;
const seed = process.env.SEED || String(randomInt(1e9));

// The seed is also printed first, for a run that is interrupted.
process.stderr.write(`Random with SEED=${seed}\n`);
// Some tests start the compiled program and kill it.
buildIfStale();
const files = testDirectory({ onDisk: long || alone !== undefined });
const logs = mkdtempSync(join(tmpdir(), 'patchbay-test-logs-'));
// The first PostgreSQL of the run leaves its empty cluster here for the others; those that are shared run here.
const cluster = join(files, 'cluster');
mkdirSync(cluster);
const servers = keepServers(cluster);
const tests = run(
  [
    // Jest runs ES modules through Node's vm modules; their warning does not concern us.
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    // Tests make much that is garbage soon; this much room for it saves every twelfth second of the processor's.
    '--max-semi-space-size=32',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...(alone
      ? ['--config', `test/${alone}/jest.config.js`, '--runInBand']
      : // Jest refuses two numbers of workers.
        rest.some((argument) => WORKERS.test(argument))
        ? []
        : ['--maxWorkers=4']),
    ...rest.filter((argument) => !['--long', `--${alone}`].includes(argument)),
  ],
  {
    TMPDIR: files,
    TEST_CLAIMS_DIR: process.env.TEST_CLAIMS_DIR ?? tmpdir(),
    TEST_LOG_DIR: logs,
    TEST_CLUSTER_DIR: cluster,
    SEED: seed,
    ...(long ? { LONG_TESTS: '1' } : {}),
  },
);
const scan = run([join(root, 'test', 'support', 'scan-logs.mjs'), logs]);
process.stderr.write(`Random with SEED=${seed}${cpuTime()}\n`);
await servers.close();
rmSync(files, { recursive: true, force: true });
// The logs stay after a leak, so that they can be examined.
if (scan === 0) rmSync(logs, { recursive: true, force: true });
process.exit(tests === 0 ? scan : tests);

function run(args, env = {}) {
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return signal ? 1 : (status ?? 1);
}

/**
 * The processor time of every process that was started here and has ended,
 * including build and gateways, and of the servers that tests share. Only Linux reports it.
 */
function cpuTime() {
  try {
    const [, fields] = /^.*\) (.*)$/s.exec(readFileSync('/proc/self/stat', 'utf8'));
    // Fields 16 and 17 of proc(5), in hundredths of a second; the expression took two.
    const [user, system] = fields.split(' ').slice(13, 15);
    const seconds = (Number(user) + Number(system)) / 100 + servers.cpuSeconds();
    return `; ${Math.round(seconds)} s of processor time`;
  } catch {
    return '';
  }
}
