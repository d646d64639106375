import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings } from '../../../src/parse-settings.js';
import { startService, type Service } from '../../../src/service.js';
import { PHONE_NUMBER } from '../../../tools/asterisk/config-files.js';
import { Asterisk } from '../../../tools/asterisk/asterisk.js';
import { install } from '../../../tools/asterisk/install.js';
import { CannotInstall } from '../../../tools/asterisk/layout.js';
import { tones } from '../../../tools/asterisk/likeness.js';
import { Phone } from '../../../tools/asterisk/phone.js';
import { freePorts } from '../../../tools/asterisk/ports.js';
import { API_KEY } from '../../support/gateway.js';
import { claimedPort } from '../../support/claimed-port.js';
import { keepSecrets, testLog, testLogLevel } from '../../support/test-logs.js';

export const OUR_NUMBER = '+12025550100';
export const UNCLAIMED_NUMBER = '+12025550111';
const PASSWORD = 'ari-password-of-the-tests';
const PHONE_PASSWORD = 'phone-password-of-the-tests';

/** Why there is no Asterisk here; null: there is one. Installs it where it is not yet. */
export async function whyNone(): Promise<string | null> {
  try {
    await install(undefined, (line) => void process.stderr.write(`${line}\n`));
    return null;
  } catch (error) {
    if (!(error instanceof CannotInstall)) throw error;
    process.stderr.write(
      `\nThere is no Asterisk here, so its tests are skipped: ${error.message}\n`,
    );
    return error.message;
  }
}

/** A real Asterisk, a real phone, and the whole service with them as its only carrier. */
export class AsteriskBench {
  private service: Service | null = null;

  private constructor(
    readonly asterisk: Asterisk,
    readonly phone: Phone,
    /** What the phone plays into each call. */
    readonly plays: Int16Array,
    private readonly port: number,
    private readonly dataDir: string,
    private readonly env: Record<string, string>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<AsteriskBench> {
    const gatewayPort = await claimedPort();
    const ports = await freePorts();
    const options = { ports, gatewayPort, password: PASSWORD, phonePassword: PHONE_PASSWORD };
    const asterisk = await Asterisk.start(options);
    keepSecrets(PASSWORD, API_KEY, ...[OUR_NUMBER, PHONE_NUMBER].map((number) => number.slice(1)));
    const plays = tones(60, 1);
    try {
      const phone = await Phone.start(asterisk, PHONE_PASSWORD, plays);
      const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
      const bench = new AsteriskBench(asterisk, phone, plays, gatewayPort, dataDir, env);
      await bench.startService();
      return bench;
    } catch (error) {
      await asterisk.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async startService(env: Record<string, string> = {}): Promise<void> {
    const settings = parseSettings({
      PORT: String(this.port),
      HOST: '127.0.0.1',
      DATA_DIR: this.dataDir,
      API_KEY,
      // No tunnel is looked for where somebody else's may run.
      TUNNEL_METRICS_URL: 'http://127.0.0.1:1',
      ASTERISK_ARI_URL: this.asterisk.ariUrl,
      ASTERISK_ARI_USERNAME: 'patchbay',
      ASTERISK_ARI_PASSWORD: PASSWORD,
      ASTERISK_FROM_NUMBERS: `${OUR_NUMBER},${UNCLAIMED_NUMBER}`,
      ASTERISK_DIAL: 'PJSIP/{digits}',
      DRAIN_TIMEOUT_SECONDS: '0',
      // What is due is done at once.
      RECONCILE_INTERVAL_SECONDS: '1',
      LOG_LEVEL: testLogLevel(),
      // A test asks more often than a user does.
      API_REQUESTS_PER_MINUTE: '100000',
      ...this.env,
      ...env,
    });
    const log = testLog();
    this.service = await startService(settings, log ? { log } : {});
  }

  async stopService(): Promise<void> {
    await this.service?.stop();
  }

  async stop(): Promise<void> {
    await this.service?.stop();
    await this.phone.stop();
    await this.asterisk.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
