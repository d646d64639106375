import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A built checkout of the release before this one. */
export interface ReleaseBefore {
  commit: string;
  /** Its compiled program. */
  main: string;
  remove(): void;
}

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
 * Checks the release before out into a directory of its own and compiles it. `RELEASE_BEFORE`
 * names another commit. Null, and a line that says why, where there is none.
 */
export async function releaseBefore(): Promise<ReleaseBefore | null> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const commit =
    process.env['RELEASE_BEFORE'] ?? commitBefore(readFileSync('CHANGELOG.md', 'utf8'), version);
  if (commit === null) return without('CHANGELOG.md names no commit of a release before');
  try {
    git('cat-file', '-e', `${commit}^{commit}`);
  } catch {
    return without(`the commit ${commit} is not here: fetch it`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-release-before-'));
  const remove = (): void => {
    git('worktree', 'remove', '--force', directory);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    git('worktree', 'add', '--detach', '--force', directory, commit);
    givePackages(directory);
    execFileSync(
      process.execPath,
      [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
      { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return { commit, main: join(directory, 'dist', 'src', 'main.js'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Ours are taken where they are the same, which spares an installation. */
function givePackages(directory: string): void {
  const packagesOf = (folder: string) =>
    (JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as LockFile).packages;
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

function git(...args: string[]): void {
  execFileSync('git', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function without(why: string): null {
  process.stderr.write(`\nThe release before is not tried: ${why}\n`);
  return null;
}
