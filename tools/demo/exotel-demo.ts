import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { pcmBytes, pcmSamples } from '../../src/audio/pcm.js';
import { parseSettings } from '../../src/parse-settings.js';
import { startService, type Service } from '../../src/service.js';
import { freePort } from '../../src/shared/free-port.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import { tones } from '../asterisk/likeness.js';
import type { ExotelCall } from '../carrier/exotel/exotel-call.js';
import { SimulatedExotel } from '../carrier/exotel/rest-api.js';
import { mulawToWav } from '../carrier/media/wav.js';
import type { Narrator } from './narrator.js';

const PUBLIC_ORIGIN = 'https://patchbay.internal';
const OUR_NUMBER = '+918012345678';
const CALLED_NUMBER = '+12025550143';
const TALK_SECONDS = 4;
/** 20 ms of 16-bit samples at 8 kHz. */
const PIECE_BYTES = 320;
/** The share of the pieces that must come back unchanged and in order. */
const ECHO_MIN = 0.99;
const RING_MS = 600;
const PATIENCE_MS = 30_000;
const RECORDING = 'demo-call.wav';

interface CallJson {
  workflow_run_id: number;
  provider_call_id: string | null;
  status: string;
  duration_seconds: number | null;
  end_reason: string | null;
  events: Array<{ status: string | null }>;
}

/** A gateway on a throw-away store beside a simulator of Exotel, and one call between them. */
export class ExotelDemo {
  private directory = '';
  private service: Service | null = null;
  private exotel: SimulatedExotel | null = null;
  private readonly apiKey = generateApiKey();
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;

  constructor(private readonly say: Narrator) {}

  start(): Promise<void> {
    return (this.starting = this.startAll());
  }

  private async startAll(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    const port = await freePort();
    const [apiToken, webhookToken] = [generateApiKey(), generateApiKey().replace(/\W/g, '_')];
    const account = { accountSid: 'example1', apiKey: 'exo_key', apiToken, flowId: '123456' };
    this.exotel = await SimulatedExotel.start({
      ...account,
      numbers: [OUR_NUMBER],
      appletUrl: `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/exotel/answer?token=${webhookToken}`,
      gateway: { origin: PUBLIC_ORIGIN, url: `http://127.0.0.1:${port}` },
    });
    this.say.step('carrier', `a simulator of Exotel takes calls at ${this.exotel.baseUrl}`);
    const settings = parseSettings({
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: PUBLIC_ORIGIN,
      DATA_DIR: this.directory,
      API_KEY: this.apiKey,
      EXOTEL_ACCOUNT_SID: account.accountSid,
      EXOTEL_API_KEY: account.apiKey,
      EXOTEL_API_TOKEN: apiToken,
      EXOTEL_FLOW_ID: account.flowId,
      EXOTEL_WEBHOOK_TOKEN: webhookToken,
      EXOTEL_FROM_NUMBERS: OUR_NUMBER,
      EXOTEL_API_BASE_URL: this.exotel.baseUrl,
      DRAIN_TIMEOUT_SECONDS: '1',
      LOG_LEVEL: 'error',
    });
    this.service = await startService(settings);
    this.say.step('gateway', `Patchbay listens at ${this.service.localOrigin}, store: SQLite`);
  }

  /** Places one call and checks it from end to end. True when everything was right. */
  async call(): Promise<boolean> {
    const exchange = this.exotel?.exchange;
    if (!exchange) return false;
    const placed = await this.api('POST', '/calls', { workflow_id: 1, to: CALLED_NUMBER });
    const call = exchange.calls.at(-1);
    if (!call) throw new Error('no call was placed');
    this.say.step('placed', `run ${placed.workflow_run_id}, call ${call.sid}`);
    await sleep(RING_MS);
    await exchange.answer(call);
    this.say.step('phone', 'answered: its flow asks, it plays tones, and the agent echoes them');
    const spoken = await this.talk(call);
    await exchange.end(call, 'completed', TALK_SECONDS);
    this.say.step('phone', 'hung up');
    const final = await this.finalRecord(placed.workflow_run_id);
    const heard = call.streams.flatMap((stream) => stream.heard);
    const file = resolve(RECORDING);
    await writeFile(file, mulawToWav(encodeMulaw(pcmSamples(Buffer.concat(heard)))));
    return this.judge(call, final, { spoken, heard }, file);
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
    await this.exotel?.stop();
    if (this.directory) await rm(this.directory, { recursive: true, force: true });
  }

  /** Some seconds of tones, which are the same after μ-law; resolves once their echo has had its time. */
  private async talk(call: ExotelCall): Promise<Buffer[]> {
    const [stream] = call.streams;
    if (!stream) throw new Error(`there is no stream: ${call.refusals.join(', ')}`);
    const sound = pcmBytes(decodeMulaw(encodeMulaw(tones(TALK_SECONDS, 1))));
    const spoken = Array.from({ length: Math.floor(sound.length / PIECE_BYTES) }, (_, at) =>
      Buffer.from(sound.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES)),
    );
    stream.say(spoken);
    const giveUpAt = performance.now() + PATIENCE_MS;
    const echoed = (): number => inOrder(spoken, stream.heard);
    while (echoed() < spoken.length * ECHO_MIN && performance.now() < giveUpAt) await sleep(100);
    return spoken;
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

  private judge(
    call: ExotelCall,
    record: CallJson,
    { spoken, heard }: { spoken: readonly Buffer[]; heard: readonly Buffer[] },
    file: string,
  ): boolean {
    const echoed = inOrder(spoken, heard);
    const violations = this.exotel?.exchange.violations ?? [];
    const checks: Array<[boolean, string]> = [
      [
        record.provider_call_id === call.sid,
        'placed: the ledger knows the carrier’s id of the call',
      ],
      [
        record.events.some(({ status }) => status === 'answered'),
        'answered: the question of the applet is in the ledger',
      ],
      [
        spoken.length > 0 && echoed / spoken.length >= ECHO_MIN,
        `heard: ${echoed} of ${spoken.length} pieces came back identical and in order`,
      ],
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

/** How many of the pieces are found again, each after the one before. */
function inOrder(spoken: readonly Buffer[], heard: readonly Buffer[]): number {
  let found = 0;
  let at = 0;
  for (const piece of spoken) {
    const next = heard.findIndex((other, index) => index >= at && other.equals(piece));
    if (next < 0) continue;
    found += 1;
    at = next + 1;
  }
  return found;
}
