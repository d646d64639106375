import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimedPort } from './claimed-port.js';
import { PATIENCE_MS } from './patience.js';
import { versionOf } from './proxy-program.js';

const PROGRAM = 'nats-server';

/** Whether there is one; a line says so where there is none (Debian: `apt-get install nats-server`). */
export function hasNatsServer(): boolean {
  const isThere = versionOf(PROGRAM, '--version') !== null;
  if (!isThere) process.stderr.write('\nnats-server is not installed: its tests are skipped\n');
  return isThere;
}

/** A real NATS server on a port of its own on loopback, which can be killed and started again. */
export class NatsServer {
  private child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly options: readonly string[],
  ) {}

  /** @param options of its command line, besides address and port */
  static async start(options: readonly string[] = []): Promise<NatsServer> {
    const server = await NatsServer.away(options);
    await server.start();
    return server;
  }

  /** One that is not started yet. */
  static async away(options: readonly string[] = []): Promise<NatsServer> {
    return new NatsServer(await claimedPort(), options);
  }

  /** @param login of the URL, with its @ */
  url(login = ''): string {
    return `nats://${login}127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const address = ['--addr', '127.0.0.1', '--port', String(this.port)];
    const child = spawn(PROGRAM, [...address, ...this.options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_096)));
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await this.accepts())) {
      if (child.exitCode !== null || performance.now() > giveUpAt) {
        await this.kill();
        throw new Error(`${PROGRAM} did not start: ${said}`);
      }
      await sleep(20);
    }
  }

  /** Sends a signal to its process, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it at once, as a crash does. May be called again. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  private accepts(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  }
}
