import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimedPort } from './claimed-port.js';
import type { CarrierOptions } from '../../tools/carrier/carrier-options.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { API_KEY, OUR_NUMBER, PUBLIC_ORIGIN } from './gateway.js';
import { PATIENCE_MS } from './patience.js';
import type { TestStore } from './stores.js';
import { keepOutput, testLogLevel } from './test-logs.js';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
/** How much of its output is kept in memory: the newest lines of the log, and the errors. */
const KEPT = 20_000;

export interface KillableOptions {
  /** The program to run; default: the service's own. */
  program?: string;
  /** Its name in the file names of the logs that are kept. */
  name?: string;
}

/** The compiled service as a process of its own, to be killed and started again on the same store. */
export class KillableGateway {
  private child: ChildProcess | null = null;
  private output = '';

  constructor(
    readonly url: string,
    private readonly env: Record<string, string>,
    private readonly options: KillableOptions = {},
  ) {}

  /**
   * Makes a gateway on this store that is not started yet, and a simulated carrier that keeps
   * running when the gateway is killed.
   */
  static async besideCarrier(
    store: TestStore,
    options: { carrier?: CarrierOptions; env?: Record<string, string> } = {},
  ): Promise<{ gateway: KillableGateway; carrier: SimulatedCarrier }> {
    const port = await claimedPort();
    const url = `http://127.0.0.1:${port}`;
    const carrier = await SimulatedCarrier.start({
      numbers: [OUR_NUMBER],
      originMap: { [PUBLIC_ORIGIN]: url },
      ...options.carrier,
    });
    const gateway = new KillableGateway(url, {
      ...settingsOf(store, carrier, port),
      ...options.env,
    });
    return { gateway, carrier };
  }

  async start(): Promise<void> {
    const { program = PROGRAM, name = 'killable' } = this.options;
    const child = spawn(process.execPath, [program], {
      env: { LOG_LEVEL: testLogLevel(), ...this.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer, of: string): void => {
      this.output = (this.output + chunk.toString()).slice(-KEPT);
      keepOutput(chunk.toString(), of);
    };
    child.stdout?.on('data', (chunk: Buffer) => keep(chunk, name));
    child.stderr?.on('data', (chunk: Buffer) => keep(chunk, `${name}-errors`));
    this.child = child;
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await this.isReady())) {
      if (!this.isRunning) throw new Error(`the gateway did not start: ${this.output}`);
      if (performance.now() > giveUpAt) {
        throw new Error(`the gateway did not get ready: ${this.output}`);
      }
      await sleep(25);
    }
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The newest lines of what it wrote to standard output and error, those of its earlier lives included. */
  lastWords(lines = 40): string {
    return this.output.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Kills the process without a shutdown: data that was not durable is lost. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Orders it to stop and waits until it has; it exits with this code, or by this signal. */
  async stop(): Promise<number | NodeJS.Signals | null> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    const isRunning = this.isRunning;
    this.child = null;
    if (!child || !isRunning) return child?.exitCode ?? child?.signalCode ?? null;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode ?? child.signalCode;
  }

  private async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/health/ready`, {
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}

/** The settings of a service on this store with an account at this carrier. */
export function settingsOf(
  store: TestStore,
  carrier: SimulatedCarrier,
  port: number,
): Record<string, string> {
  return {
    ...store.env,
    PATH: process.env['PATH'] ?? '',
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: PUBLIC_ORIGIN,
    API_KEY,
    TWILIO_ACCOUNT_SID: carrier.accountSid,
    TWILIO_AUTH_TOKEN: carrier.authToken,
    TWILIO_FROM_NUMBERS: OUR_NUMBER,
    TWILIO_API_BASE_URL: carrier.baseUrl,
    TWILIO_CALLS_PER_SECOND: '1000',
  };
}
