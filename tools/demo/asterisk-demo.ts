import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseSettings } from '../../src/parse-settings.js';
import { startService, type Service } from '../../src/service.js';
import { freePort } from '../../src/shared/free-port.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import { Asterisk } from '../asterisk/asterisk.js';
import { PHONE_NUMBER } from '../asterisk/config-files.js';
import { likeness, tones } from '../asterisk/likeness.js';
import { Phone } from '../asterisk/phone.js';
import { wavOf } from '../../src/audio/wav.js';
import { freePorts } from '../asterisk/ports.js';
import type { Narrator } from './narrator.js';

const OUR_NUMBER = '+12025550100';
const TALK_SECONDS = 4;
/** How alike the sound that comes back must be. */
const ALIKE_MIN = 0.95;
const PATIENCE_MS = 60_000;
const RECORDING = 'demo-call.wav';

interface CallJson {
  workflow_run_id: number;
  provider_call_id: string | null;
  status: string;
  duration_seconds: number | null;
  end_reason: string | null;
  events: Array<{ status: string | null }>;
}

/**
 * A gateway on a throw-away store, a real Asterisk and a real SIP phone, and one call: from the
 * gateway through Asterisk to the phone, and its sound back again.
 */
export class AsteriskDemo {
  private directory = '';
  private asterisk: Asterisk | null = null;
  private phone: Phone | null = null;
  private service: Service | null = null;
  private readonly apiKey = generateApiKey();
  private readonly plays = tones(60, 1);
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;

  constructor(private readonly say: Narrator) {}

  /** @throws CannotInstall */
  start(): Promise<void> {
    return (this.starting = this.startAll());
  }

  private async startAll(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    const [gatewayPort, ports] = [await freePort(), await freePorts()];
    const [password, phonePassword] = [secret(), secret()];
    this.asterisk = await Asterisk.start({ ports, gatewayPort, password, phonePassword }, (line) =>
      this.say.step('install', line),
    );
    this.say.step('asterisk', `a real one, its ARI at ${this.asterisk.ariUrl}`);
    this.phone = await Phone.start(this.asterisk, phonePassword, this.plays);
    this.say.step('phone', 'a real SIP phone is registered');
    const settings = parseSettings({
      PORT: String(gatewayPort),
      HOST: '127.0.0.1',
      DATA_DIR: this.directory,
      API_KEY: this.apiKey,
      ASTERISK_ARI_URL: this.asterisk.ariUrl,
      ASTERISK_ARI_USERNAME: 'patchbay',
      ASTERISK_ARI_PASSWORD: password,
      ASTERISK_FROM_NUMBERS: OUR_NUMBER,
      ASTERISK_DIAL: 'PJSIP/{digits}',
      DRAIN_TIMEOUT_SECONDS: '1',
      LOG_LEVEL: 'error',
    });
    this.service = await startService(settings);
    this.say.step('gateway', `Patchbay listens at ${this.service.localOrigin}, store: SQLite`);
  }

  /** Places one call and checks it from end to end. True when everything was right. */
  async call(): Promise<boolean> {
    const { phone } = this;
    if (!phone) return false;
    const placed = await this.api('POST', '/calls', { workflow_id: 1, to: PHONE_NUMBER });
    this.say.step(
      'placed',
      `run ${placed.workflow_run_id}, the channel ${placed.provider_call_id}`,
    );
    await phone.heard('CALL_INCOMING');
    this.say.step('phone', 'it rings');
    phone.command('accept');
    await phone.heard('CALL_ESTABLISHED');
    this.say.step('phone', 'answered: it plays tones, and the agent echoes them');
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (secondsOf(phone.recording()) < TALK_SECONDS && performance.now() < giveUpAt) {
      await sleep(50);
    }
    phone.command('hangup');
    await phone.heard('CALL_CLOSED').catch(() => undefined);
    this.say.step('phone', 'hung up');
    const final = await this.finalRecord(placed.workflow_run_id);
    const heard = phone.recording();
    const file = resolve(RECORDING);
    await writeFile(file, wavOf(heard));
    return this.judge(placed, final, heard, file);
  }

  /** Prints what a person needs to continue on their own. */
  invite(): void {
    const url = this.service?.localOrigin ?? '';
    this.say.plain();
    this.say.plain(`Still running: the gateway at ${url}, Asterisk's files in`);
    this.say.plain(`  ${this.asterisk?.directory ?? ''}`);
    this.say.plain('Ctrl-C ends it and removes its store.');
  }

  /** Stops everything and leaves nothing behind but the recording. Safe to call at any moment. */
  stop(): Promise<void> {
    return (this.stopping ??= this.stopAll());
  }

  private async stopAll(): Promise<void> {
    // A part that is still starting would outlive its own stop.
    await this.starting.catch(() => undefined);
    await this.service?.stop();
    await this.phone?.stop();
    await this.asterisk?.stop();
    if (this.directory) await rm(this.directory, { recursive: true, force: true });
  }

  /** The last event arrives a moment after the call has ended. */
  private async finalRecord(runId: number): Promise<CallJson> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const call = await this.api('GET', `/calls/${runId}`);
      if (call.status === 'completed' || performance.now() > giveUpAt) return call;
      await sleep(50);
    }
  }

  private judge(placed: CallJson, record: CallJson, heard: Int16Array, file: string): boolean {
    const { correlation, atBest, windows, shiftMs } = likeness(this.plays, heard);
    const saw = (status: string): boolean => record.events.some((event) => event.status === status);
    const checks: Array<[boolean, string]> = [
      [placed.provider_call_id !== null, 'placed: the ledger knows the channel of the call'],
      [saw('ringing') && saw('answered'), 'answered: ringing and answered are in the ledger'],
      [
        windows > 0 && atBest > ALIKE_MIN,
        `heard: what came back to the phone is what it played (correlation ${correlation.toFixed(3)}, ${shiftMs} ms later)`,
      ],
      [
        record.status === 'completed',
        `ended: the ledger reads ${record.status}, ${record.end_reason}, ${record.duration_seconds} s, ${record.events.length} events`,
      ],
    ];
    this.say.plain();
    for (const [passed, text] of checks) this.say.check(passed, text);
    this.say.plain();
    this.say.plain(`What the phone heard: ${file}`);
    return checks.every(([passed]) => passed);
  }

  private async api(method: string, path: string, body?: unknown): Promise<CallJson> {
    const response = await fetch(`${this.service?.localOrigin}/api/v1/telephony${path}`, {
      method,
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as CallJson;
  }
}

function secret(): string {
  return randomBytes(12).toString('hex');
}

/** The seconds in which there is something to hear. */
function secondsOf(samples: Int16Array): number {
  return samples.filter((sample) => Math.abs(sample) > 300).length / 8_000;
}
