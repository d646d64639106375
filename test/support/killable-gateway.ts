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

/** The compiled service as a process of its own, to be killed and started again on the same store. */
export class KillableGateway {
  private child: ChildProcess | null = null;

  constructor(
    readonly url: string,
    private readonly env: Record<string, string>,
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
      ...options.env,
    });
    return { gateway, carrier };
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM], {
      env: { ...this.env, LOG_LEVEL: testLogLevel() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stdout?.on('data', (chunk: Buffer) => keepOutput(chunk.toString(), 'killable'));
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
      keepOutput(chunk.toString(), 'killable-errors');
    });
    this.child = child;
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await this.isReady())) {
      if (child.exitCode !== null) throw new Error(`the gateway did not start: ${errors}`);
      if (performance.now() > giveUpAt) throw new Error('the gateway did not get ready');
      await sleep(25);
    }
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Kills the process without a shutdown: data that was not durable is lost. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
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
