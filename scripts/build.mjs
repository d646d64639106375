// Builds `dist`: the service and the types of its agent port with the TypeScript compiler, the audio
// kernel with AssemblyScript's, the console with Vite, the page at /docs by copying. When it is
// imported, it builds only the parts that are missing or older than their sources, so that every
// command works right after `npm ci`; run as a program (`npm run build`) it always builds all.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (...path) => join(root, 'node_modules', ...path);

const parts = [
  {
    // The audio kernel, in WebAssembly with vector instructions and a memory of one page.
    sources: ['assembly', 'package.json'],
    stamp: join(root, 'dist', 'assembly', '.built'),
    command: [
      bin('assemblyscript', 'bin', 'asc.js'),
      'assembly/audio-kernel.ts',
      '--outFile',
      'dist/assembly/audio-kernel.wasm',
      '-O3',
      '--noAssert',
      '--runtime=stub',
      '--enable=simd',
      '--initialMemory=1',
      '--maximumMemory=1',
    ],
  },
  {
    sources: ['src', 'tools', 'package.json', 'tsconfig.json', 'tsconfig.build.json'],
    stamp: join(root, 'dist', '.built'),
    command: [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
  },
  {
    // The types of `patchbay/agent` for TypeScript projects elsewhere.
    sources: ['src/agents', 'src/audio', 'package.json', 'tsconfig.json', 'tsconfig.types.json'],
    stamp: join(root, 'dist', 'types', '.built'),
    command: [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.types.json'],
  },
  {
    sources: ['console', 'package.json'],
    stamp: join(root, 'dist', 'console', '.built'),
    command: [bin('vite', 'bin', 'vite.js'), 'build', 'console', '--logLevel', 'warn'],
  },
  {
    sources: ['console/api-docs', 'docs/asyncapi.yaml', 'scripts/build-docs.mjs', 'package.json'],
    stamp: join(root, 'dist', 'docs', '.built'),
    command: [join(root, 'scripts', 'build-docs.mjs')],
  },
];

function newest(path) {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

function isStale({ sources, stamp }) {
  const latest = Math.max(...sources.map((name) => newest(join(root, name))));
  return !existsSync(stamp) || statSync(stamp).mtimeMs < latest;
}

function build({ command, stamp }) {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, '');
}

/** Returns once `dist` matches the sources; exits with the compiler's code when it does not build. */
export function buildIfStale() {
  // A deployed image carries `dist` and no sources.
  if (!existsSync(join(root, 'src'))) return;
  const stale = parts.filter(isStale);
  if (stale.length === 0) return;
  process.stderr.write('Building (once)…\n');
  for (const part of stale) build(part);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const part of parts) build(part);
}
