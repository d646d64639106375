import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimedPort } from './claimed-port.js';
import { PATIENCE_MS } from './patience.js';

/** A third-party proxy that runs in the foreground on a port of its own. */
export interface RunningProxy {
  port: number;
  stop(): Promise<void>;
}

/** The version that a program reports; null where it is not installed. */
export function versionOf(command: string, flag: string): string | null {
  const { status, stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return status === 0 ? ((stdout || stderr).trim().split('\n', 1)[0] ?? '') : null;
}

/**
 * Starts a proxy and waits until it accepts connections. All its files are in a directory
 * of its own, which is deleted with it.
 *
 * @param prepare writes what the program needs into the directory and returns its arguments
 */
export async function startProgram(
  command: string,
  prepare: (directory: string, port: number) => Promise<string[]>,
): Promise<RunningProxy> {
  const directory = await mkdtemp(join(tmpdir(), `patchbay-${command}-`));
  const port = await claimedPort();
  const child = spawn(command, await prepare(directory, port), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: directory },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_096)));
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      await stop();
      throw new Error(`${command} did not start: ${said}`);
    }
    await sleep(20);
  }
  return { port, stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
