import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../shared/free-port.js';
import type { Log } from '../../shared/logger.js';
import { TwilioSettings } from '../twilio/twilio.settings.js';
import { within } from '../../shared/within.js';
import { withRetries } from '../twilio/retry-overrides.js';

/** Twilio's own number for tests: it belongs to nobody. */
const SIMULATED_NUMBER = '+15005550006';
const RESTART_MS = 1_000;
const READY_MS = 10_000;
const CALLS_PER_SECOND = 10;

/**
 * A simulation of Twilio's side, in its own process on this machine. It is started when no carrier
 * is configured, with credentials generated for this start, and it ends when we end.
 */
export class SimulatedCarrierProcess {
  private child: ChildProcess | null = null;
  private stopping = false;
  private restart: NodeJS.Timeout | null = null;

  private constructor(
    readonly settings: TwilioSettings,
    private readonly port: number,
  ) {}

  /** Chooses the address and the credentials; nothing runs before {@link start}. */
  static async prepare(): Promise<SimulatedCarrierProcess> {
    const port = await freePort();
    const settings = new TwilioSettings({
      accountSid: `AC${randomBytes(16).toString('hex')}`,
      authToken: randomBytes(16).toString('hex'),
      authTokenSecondary: null,
      fromNumbers: [SIMULATED_NUMBER],
      apiBaseUrl: `http://127.0.0.1:${port}`,
      callsPerSecond: CALLS_PER_SECOND,
      apiKey: null,
      simulated: true,
    });
    return new SimulatedCarrierProcess(settings, port);
  }

  /**
   * Resolves when the process accepts calls, or has not managed to in time; it is then started
   * again.
   *
   * @param urls what calls to its number ask, and where their ends are reported
   * @param localOrigin where these URLs really lead
   */
  async start(
    urls: { answer: string; events: string },
    localOrigin: string,
    log: Log,
  ): Promise<void> {
    const program = fileURLToPath(new URL('../../../tools/carrier/main.js', import.meta.url));
    const { origin } = new URL(urls.answer);
    const child = spawn(
      process.execPath,
      [
        program,
        `--port=${this.port}`,
        `--number=${SIMULATED_NUMBER}`,
        `--map=${origin}=${localOrigin}`,
        `--voice-url=${withRetries(urls.answer)}`,
        `--status-callback=${withRetries(urls.events)}`,
      ],
      {
        env: {
          CARRIER_ACCOUNT_SID: this.settings.accountSid,
          CARRIER_AUTH_TOKEN: this.settings.authToken,
        },
        // Ctrl-C is meant for us, who let calls end; a separate process group keeps it from the
        // carrier.
        detached: true,
        // The process ends by itself when the channel to us closes, however we end.
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    this.child = child;
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        log.debug('simulated_carrier.says', { line });
      });
    }
    child.on('error', (error) => log.error('simulated_carrier.failed', { error }));
    child.on('exit', (code) => {
      if (this.stopping) return;
      log.warn('simulated_carrier.exited', { code });
      this.restart = setTimeout(() => {
        void this.start(urls, localOrigin, log);
      }, RESTART_MS);
    });
    const ready = once(child, 'message').catch(() => undefined);
    await within(READY_MS, ready);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.restart) clearTimeout(this.restart);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
