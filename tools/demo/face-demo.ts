import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { parseSettings } from '../../src/parse-settings.js';
import { startService, type Service } from '../../src/service.js';
import { freePort } from '../../src/shared/free-port.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import { likeness, tones } from '../asterisk/likeness.js';
import { mulawToWav } from '../carrier/media/wav.js';
import type { Narrator } from './narrator.js';
import type { DemoParties, DemoFace } from './faces.js';
import { playForPerson } from './play.js';

const PUBLIC_ORIGIN = 'https://patchbay.internal';
const OUR_NUMBER = '+15005550006';
/** A number from a range that is reserved for fiction. */
const CALLED_NUMBER = '+12025550143';
const TALK_SECONDS = 4;
const PATIENCE_MS = 30_000;
const RECORDING = 'demo-call.wav';
/** Of an echo that was converted on its way: how alike it is, in how many pieces of 120 ms. */
const ALIKE = 0.95;
const ALIKE_WINDOWS = 20;

interface CallJson {
  workflow_run_id: number;
  provider_call_id: string | null;
  status: string;
  duration_seconds: number | null;
  end_reason: string | null;
  events: Array<{ status: string | null }>;
}

/** A gateway on a throw-away store beside a simulator of a carrier, and one call between them. */
export class FaceDemo {
  private directory = '';
  private service: Service | null = null;
  private carrier: DemoFace | null = null;
  private readonly apiKey = generateApiKey();
  /** Converted there and back once: μ-law has two zeros, of which a carrier with samples returns one. */
  private readonly sound = encodeMulaw(decodeMulaw(encodeMulaw(tones(TALK_SECONDS, 1))));
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;

  /** @param begin starts the simulator */
  constructor(
    private readonly say: Narrator,
    private readonly begin: (parties: DemoParties) => Promise<DemoFace>,
  ) {}

  start(): Promise<void> {
    return (this.starting = this.startAll());
  }

  private async startAll(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    const port = await freePort();
    this.carrier = await this.begin({
      gateway: { origin: PUBLIC_ORIGIN, url: `http://127.0.0.1:${port}` },
      apiKey: generateApiKey(),
      ours: OUR_NUMBER,
      theirs: CALLED_NUMBER,
    });
    this.say.step(
      'carrier',
      `a simulator of ${this.carrier.name} takes calls at ${this.carrier.baseUrl}`,
    );
    const settings = parseSettings({
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: PUBLIC_ORIGIN,
      DATA_DIR: this.directory,
      API_KEY: this.apiKey,
      ...this.carrier.env,
      DRAIN_TIMEOUT_SECONDS: '1',
      LOG_LEVEL: 'error',
    });
    this.service = await startService(settings);
    this.say.step('gateway', `Patchbay listens at ${this.service.localOrigin}, store: SQLite`);
  }

  /** Places one call and checks it from end to end. True when everything was right. */
  async call(): Promise<boolean> {
    const { carrier } = this;
    if (!carrier) return false;
    const placed = await this.api('POST', '/calls', { workflow_id: 1, to: CALLED_NUMBER });
    const call = carrier.newest();
    if (!call) throw new Error('no call was placed');
    this.say.step('placed', `run ${placed.workflow_run_id}, ${carrier.name} calls it ${call.id}`);
    await inTime(() => (call.streams[0]?.framesSent ?? 0) > 0);
    this.say.step('phone', 'answered: it plays tones, and the agent echoes them');
    call.streams[0]?.say(framesOf(this.sound));
    const heard = (): Buffer => Buffer.concat(call.streams.flatMap((stream) => stream.heard));
    const isWhole = (): boolean => heard().length >= this.sound.length;
    await inTime(() => (carrier.converts ? isWhole() : heard().includes(this.sound)));
    carrier.hangUp();
    this.say.step('phone', 'hung up');
    const final = await this.finalRecord(placed.workflow_run_id);
    const file = resolve(RECORDING);
    await writeFile(file, mulawToWav(heard()));
    const isRight = this.judge(call.id, final, heard(), file);
    await playForPerson(file, this.say);
    return isRight;
  }

  /** Prints what a person needs to continue on their own. */
  invite(): void {
    this.say.plain();
    this.say.plain(`Still running: the gateway at ${this.service?.localOrigin ?? ''}.`);
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
    await this.carrier?.stop();
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

  private judge(callId: string, record: CallJson, heard: Buffer, file: string): boolean {
    const saw = (status: string): boolean => record.events.some((event) => event.status === status);
    const { violations = [], told = ['initiated', 'answered'] } = this.carrier ?? {};
    const checks: Array<[boolean, string]> = [
      [record.provider_call_id === callId, "placed: the ledger knows the carrier's id of the call"],
      [told.every(saw), `answered: ${told.join(' and ')} in the ledger`],
      this.echo(heard),
      [
        record.status === 'completed',
        `ended: the ledger reads ${record.status}, ${record.end_reason}, ${record.duration_seconds} s, ${record.events.length} events`,
      ],
      [
        violations.length === 0,
        `protocol: ${violations.length} violations seen by the carrier ${violations.join('; ')}`.trimEnd(),
      ],
    ];
    this.say.plain();
    for (const [passed, text] of checks) this.say.check(passed, text);
    this.say.plain();
    this.say.plain(`What the phone heard: ${file}`);
    return checks.every(([passed]) => passed);
  }

  private echo(heard: Buffer): [boolean, string] {
    if (!this.carrier?.converts) {
      const text = `heard: ${TALK_SECONDS} s of tones came back, byte by byte`;
      return [heard.includes(this.sound), text];
    }
    const { atBest, windows } = likeness(decodeMulaw(this.sound), decodeMulaw(heard));
    const text = `heard: ${windows} pieces of the tones came back, alike by ${atBest.toFixed(3)}`;
    return [windows >= ALIKE_WINDOWS && atBest > ALIKE, text];
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

function framesOf(sound: Buffer): Buffer[] {
  return Array.from({ length: sound.length / 160 }, (_, at) =>
    sound.subarray(at * 160, at * 160 + 160),
  );
}

/** What does not come in time is judged afterwards. */
async function inTime(isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!isSo() && performance.now() < giveUpAt) await sleep(50);
}
