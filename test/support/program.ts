import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { keepOutput } from './test-logs.js';

/** `npm test` builds it. */
const DIST = resolve('dist');

/** A compiled program of ours in a process of its own. */
export interface Started {
  child: ChildProcess;
  pid: number;
  stdout: string;
  stderr: string;
  /** Resolves with the exit code, or with the signal that ended it. */
  exited: Promise<number | string>;
}

export interface StartOptions {
  /** Below `dist`; the service by default. */
  program?: string;
  args?: readonly string[];
  /** In a process group of its own. */
  detached?: boolean;
  /** As another user. */
  uid?: number;
}

const all: Started[] = [];
const directories: string[] = [];

/** Makes an empty directory that {@link endPrograms} deletes. */
export async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'patchbay-start-'));
  directories.push(path);
  return path;
}

/**
 * Starts a program in this directory, with these settings and no others; on
 * loopback, on any free port.
 */
export function start(
  cwd: string,
  env: Record<string, string> = {},
  { program = 'src/main.js', args = [], detached = false, uid }: StartOptions = {},
): Started {
  const child = spawn(process.execPath, [join(DIST, program), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const started: Started = {
    child,
    pid: child.pid ?? 0,
    stdout: '',
    stderr: '',
    exited: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string),
  };
  child.stdout?.on('data', (data: Buffer) => {
    started.stdout += data.toString();
    keepOutput(data.toString(), `program-${started.pid}`);
  });
  child.stderr?.on('data', (data: Buffer) => {
    started.stderr += data.toString();
    keepOutput(data.toString(), `errors-${started.pid}`);
  });
  all.push(started);
  return started;
}

/** Ends all programs and deletes their directories, after the last test. */
export async function endPrograms(): Promise<void> {
  for (const { child, exited } of all) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  }
  for (const path of directories) await rm(path, { recursive: true, force: true });
}

export function logOf({ stdout }: Started): Array<Record<string, unknown>> {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The first line of this event. */
export function lineOf(one: Started, event: string): Record<string, unknown> | undefined {
  return logOf(one).find((line) => line['event'] === event);
}
