import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../../src/shared/package-root.js';
import { runCommand, throwAwayDirectory } from '../children.js';

const LOCK = 'package-lock.json';
const MODULES = 'node_modules';

export interface BuiltCommit {
  /** All forty digits. */
  commit: string;
  subject: string;
  /** Its compiled `main.js`. */
  program: URL;
}

/**
 * Builds a commit in a directory of its own, which goes when the bench ends. It is unpacked from an
 * archive rather than added as a work tree: git has nothing to forget afterwards, however the bench
 * ends. The packages are those of this tree where both lock files are the same, else its own.
 *
 * @throws Error when there is no such commit, or it does not build
 */
export async function buildCommit(name: string): Promise<BuiltCommit> {
  const commit = git('rev-parse', '--verify', '--end-of-options', `${name}^{commit}`);
  const subject = git('log', '-1', '--format=%s', commit);
  const directory = await throwAwayDirectory();
  const archive = join(directory, 'tree.tar');
  await runCommand('git', ['archive', '--output', archive, commit], packageRoot());
  const tree = await throwAwayDirectory();
  await runCommand('tar', ['-xf', archive, '-C', tree], directory);
  if (sameLock(tree)) symlinkSync(join(packageRoot(), MODULES), join(tree, MODULES), 'dir');
  else await runCommand('npm', ['ci', '--no-audit', '--no-fund'], tree);
  await runCommand(process.execPath, ['scripts/build.mjs'], tree);
  const program = join(tree, 'dist', 'src', 'main.js');
  if (!existsSync(program)) throw new Error(`${name} did not build dist/src/main.js`);
  return { commit, subject, program: pathToFileURL(program) };
}

function sameLock(tree: string): boolean {
  const lockOf = (root: string): string => readFileSync(join(root, LOCK), 'utf8');
  return lockOf(tree) === lockOf(packageRoot());
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: packageRoot(), encoding: 'utf8' }).trim();
}
