import { fork, spawn, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from '../../src/shared/within.js';

/** How long a process may take to end after it was asked to. */
const PATIENCE_MS = 5_000;

const children = new Set<ChildProcess>();
/** Each leads a process group. */
const groups = new Set<ChildProcess>();
const directories = new Set<string>();
let watching = false;

/** Starts a process that does not outlive the bench, however the bench ends. */
export function startChild(program: URL, options: ForkOptions = {}): ChildProcess {
  watch();
  // Each process has flags of its own and does not inherit those of the bench.
  const child = fork(program, { execArgv: [], ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/**
 * Runs a command to its end; what it says goes to stderr. A process group of its own, so that what
 * the command starts itself ends with the bench too.
 *
 * @throws Error when it does not end with 0
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  directory: string,
): Promise<void> {
  watch();
  const child = spawn(command, args, { cwd: directory, detached: true, stdio: ['ignore', 2, 2] });
  groups.add(child);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}`);
  } finally {
    groups.delete(child);
  }
}

/** Asks the process to end, and kills it if it does not. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (!children.has(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await within(PATIENCE_MS, gone);
  if (!children.has(child)) return;
  child.kill('SIGKILL');
  await gone;
}

/** A directory that is removed when the bench ends, however it ends. */
export async function throwAwayDirectory(): Promise<string> {
  watch();
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  directories.add(directory);
  return directory;
}

export function throwAway(directory: string): void {
  // A process that was just killed may still be writing there.
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  directories.delete(directory);
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    for (const { pid } of groups) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    for (const directory of directories) throwAway(directory);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
