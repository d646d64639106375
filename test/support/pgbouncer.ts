import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimedPort } from './claimed-port.js';
import { unprivileged } from './postgres-server.js';

const BINARIES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];
const START_MS = 20_000;

export type PoolMode = 'session' | 'transaction' | 'statement';

/** A real pgbouncer on loopback, with its defaults except for the options given here. */
export interface Pgbouncer {
  /** Changes a URL of ours so that it goes through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** Null, and a line that says so, where pgbouncer is not installed (Debian: `apt-get install pgbouncer`). */
export function pgbouncerBinary(): string | null {
  const found = BINARIES.find((path) => existsSync(path)) ?? null;
  if (!found) process.stderr.write('\npgbouncer is not installed: its tests are skipped\n');
  return found;
}

/** In front of the PostgreSQL on `toPort`; of every database `poolSize` sessions. */
export async function startPgbouncer(
  binary: string,
  toPort: number,
  mode: PoolMode,
  poolSize = 20,
): Promise<Pgbouncer> {
  const home = await mkdtemp(join(tmpdir(), 'patchbay-pgbouncer-'));
  await chmod(home, 0o755);
  const port = await claimedPort();
  const file = join(home, 'pgbouncer.ini');
  await writeFile(
    file,
    [
      '[databases]',
      `* = host=127.0.0.1 port=${toPort} user=postgres`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      `pool_mode = ${mode}`,
      `default_pool_size = ${poolSize}`,
      '',
    ].join('\n'),
  );
  const child = spawn(binary, [file], { ...unprivileged(), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const giveUpAt = Date.now() + START_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      child.kill('SIGKILL');
      throw new Error(`pgbouncer did not start: ${said}`);
    }
    await sleep(25);
  }
  return {
    through: (url) => {
      const pooled = new URL(url);
      pooled.port = String(port);
      return pooled.href;
    },
    stop: async () => {
      await end(child);
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  // Ends it at once: an orderly end waits for open transactions.
  child.kill('SIGTERM');
  await gone;
}
