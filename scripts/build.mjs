// Builds `dist`. Imported, it builds only when `dist` is missing or older than
// the sources, so that every command works right after `npm ci`; run as a
// program (`npm run build`) it always builds.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', '.built');
const sources = ['src', 'tools', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

function newest(path) {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

function build() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, '');
}

/** Returns once `dist` matches the sources; exits with the compiler's code when it does not build. */
export function buildIfStale() {
  // A deployed image carries `dist` and no sources.
  if (!existsSync(join(root, 'src'))) return;
  const latest = Math.max(...sources.map((name) => newest(join(root, name))));
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= latest) return;
  process.stderr.write('Building (once)…\n');
  build();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
