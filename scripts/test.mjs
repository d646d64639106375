// Runs the tests: everything by default, `--long` for the long forms of the
// fault, fuzz and soak tests too, `--browser` for those in a browser instead;
// further arguments are Jest's.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rest = process.argv.slice(2);
const long = rest.includes('--long');
const inBrowser = rest.includes('--browser');

// Some tests start the compiled program and kill it.
buildIfStale();
const { status, signal } = spawnSync(
  process.execPath,
  [
    // Jest runs ES modules through Node's vm modules; their warning says nothing about us.
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    // A browser takes what there is of a small machine.
    ...(inBrowser
      ? ['--config', 'test/browser/jest.config.js', '--runInBand']
      : ['--maxWorkers=2']),
    ...rest.filter((argument) => argument !== '--long' && argument !== '--browser'),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ...(long ? { LONG_TESTS: '1' } : {}) } },
);
process.exit(signal ? 1 : (status ?? 1));
