import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync, type Options } from '@swc/core';

/** A built checkout of the release before this one. */
export interface ReleaseBefore {
  commit: string;
  /** Its compiled program. */
  main: string;
  remove(): void;
}

const LOCK_FILE = 'package-lock.json';
const ARCHIVE_MAX_BYTES = 100_000_000;

/** As Jest compiles our own sources. */
const COMPILER: Options = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, verbatimModuleSyntax: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

interface LockFile {
  packages: Record<string, { version?: string }>;
}

/**
 * The commit of the newest release in the changelog that is not this version: the line
 * `Commit: <hash>` below its heading. Null where it names none.
 */
export function commitBefore(changelog: string, version: string): string | null {
  const [, ...releases] = changelog.split(/^## \[/m);
  const before = releases.find(
    (release) => !/^unreleased\]/i.test(release) && !release.startsWith(`${version}]`),
  );
  return /^Commit: `?([0-9a-f]{7,40})`?$/m.exec(before ?? '')?.[1] ?? null;
}

/**
 * Unpacks the release before into a directory of its own and compiles it. `RELEASE_BEFORE`
 * names another commit. Null, and a line that says why, where there is none.
 */
export async function releaseBefore(): Promise<ReleaseBefore | null> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const commit =
    process.env['RELEASE_BEFORE'] ?? commitBefore(readFileSync('CHANGELOG.md', 'utf8'), version);
  if (commit === null) return without('CHANGELOG.md names no commit of a release before');
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { stdio: 'ignore' });
  } catch {
    return without(`the commit ${commit} is not in this checkout, which may be shallow: fetch it`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-release-before-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    const archive = execFileSync('git', ['archive', commit, 'src', 'package.json', LOCK_FILE], {
      maxBuffer: ARCHIVE_MAX_BYTES,
    });
    execFileSync('tar', ['-x', '-C', directory], { input: archive });
    givePackages(directory);
    compile(directory);
    return { commit, main: join(directory, 'dist', 'src', 'main.js'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Without a look at its types, which were right when it was released. */
function compile(directory: string): void {
  for (const file of readdirSync(join(directory, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const compiled = join(directory, 'dist', 'src', file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, transformFileSync(join(directory, 'src', file), COMPILER).code);
  }
}

/** Ours are taken where they are the same, which spares an installation. */
function givePackages(directory: string): void {
  const packagesOf = (folder: string) =>
    (JSON.parse(readFileSync(join(folder, LOCK_FILE), 'utf8')) as LockFile).packages;
  const ours = packagesOf('.');
  const isSame = Object.entries(packagesOf(directory)).every(
    ([path, { version }]) => path === '' || ours[path]?.version === version,
  );
  if (isSame && existsSync('node_modules')) {
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'), 'dir');
  } else {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory, stdio: 'ignore' });
  }
}

function without(why: string): null {
  process.stderr.write(`\nThe release before is not tried: ${why}\n`);
  return null;
}
