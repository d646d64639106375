import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { parseSettings } from '../../src/parse-settings.js';
import { startService, type Service } from '../../src/service.js';
import { freePort } from '../../src/shared/free-port.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import { tones } from '../asterisk/likeness.js';
import { FrameClock } from '../carrier/media/frame-clock.js';
import { mulawToWav } from '../carrier/media/wav.js';
import { ENDINGS, type ExchangeCall } from '../carrier/plivo/exchange-call.js';
import { PlivoExchange } from '../carrier/plivo/exchange.js';
import type { Face } from '../carrier/plivo/faces.js';
import type { Narrator } from './narrator.js';

const PUBLIC_ORIGIN = 'https://patchbay.internal';
const OUR_NUMBER = '+15005550006';
/** A number from a range that is reserved for fiction. */
const CALLED_NUMBER = '+12025550143';
const AUTH_ID = 'MANWVLYTK4ZWU1YTY4QA';
const TALK_FRAMES = 200;
const FRAME_BYTES = 160;
/** The share of the frames that must come back unchanged and in order. */
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

/**
 * A gateway on a throw-away store beside a simulator of Plivo, or of a carrier that speaks its protocol, and one call
 * between them.
 */
export class PlivoDemo {
  private directory = '';
  private service: Service | null = null;
  private exchange: PlivoExchange | null = null;
  private readonly apiKey = generateApiKey();
  private readonly clock = new FrameClock();
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;

  constructor(
    private readonly say: Narrator,
    private readonly face: Face,
  ) {}

  start(): Promise<void> {
    return (this.starting = this.startAll());
  }

  private async startAll(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    const port = await freePort();
    const { face } = this;
    const prefix = face.kind.toUpperCase();
    const authToken = generateApiKey();
    this.exchange = await PlivoExchange.start({
      face,
      authId: AUTH_ID,
      authToken,
      numbers: [OUR_NUMBER],
      gateway: { origin: PUBLIC_ORIGIN, url: `http://127.0.0.1:${port}` },
    });
    this.say.step('carrier', `a simulator of ${face.kind} takes calls at ${this.exchange.apiUrl}`);
    const settings = parseSettings({
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: PUBLIC_ORIGIN,
      DATA_DIR: this.directory,
      API_KEY: this.apiKey,
      [`${prefix}_AUTH_ID`]: AUTH_ID,
      [`${prefix}_AUTH_TOKEN`]: authToken,
      [`${prefix}_FROM_NUMBERS`]: OUR_NUMBER,
      [`${prefix}_API_BASE_URL`]: this.exchange.apiUrl,
      DRAIN_TIMEOUT_SECONDS: '1',
      LOG_LEVEL: 'error',
    });
    this.service = await startService(settings);
    this.say.step('gateway', `Patchbay listens at ${this.service.localOrigin}, store: SQLite`);
  }

  /** Places one call and checks it from end to end. True when everything was right. */
  async call(): Promise<boolean> {
    const { exchange } = this;
    if (!exchange) return false;
    const placed = await this.api('POST', '/calls', { workflow_id: 1, to: CALLED_NUMBER });
    const call = exchange.calls.at(-1);
    if (!call) throw new Error('no call was placed');
    this.say.step('placed', `run ${placed.workflow_run_id}, by the request ${call.requestId}`);
    await exchange.ring(call);
    this.say.step('phone', 'it rings');
    await sleep(RING_MS);
    await exchange.answer(call);
    this.say.step('phone', 'answered: it plays tones, and the agent echoes them');
    const spoken = await this.talk(call);
    await exchange.end(call, 'hangup', Math.round(spoken.length / 50));
    this.say.step('phone', `hung up: ${ENDINGS.hangup.cause}`);
    const final = await this.finalRecord(placed.workflow_run_id);
    const file = resolve(RECORDING);
    const heard = call.streams.flatMap((stream) => stream.heard);
    await writeFile(file, mulawToWav(Buffer.concat(heard)));
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
    this.clock.stop();
    await this.service?.stop();
    await this.exchange?.stop();
    if (this.directory) await rm(this.directory, { recursive: true, force: true });
  }

  /** Some seconds of tones, at the pace of speech; resolves with their frames once the echo has had its time. */
  private async talk(call: ExchangeCall): Promise<Buffer[]> {
    const [stream] = call.streams;
    if (!stream) throw new Error(`the stream was refused with ${call.refusals.join(', ')}`);
    const sound = encodeMulaw(tones(TALK_FRAMES / 50, 1));
    const spoken: Buffer[] = [];
    await new Promise<void>((done) => {
      const leave = this.clock.join((frame) => {
        const start = (frame - 1) * FRAME_BYTES;
        const piece = Buffer.from(sound.subarray(start, start + FRAME_BYTES));
        if (piece.length === FRAME_BYTES) {
          spoken.push(piece);
          stream.say(piece);
          return;
        }
        leave();
        done();
      });
    });
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (stream.heard.length < spoken.length && performance.now() < giveUpAt) await sleep(50);
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
    call: ExchangeCall,
    record: CallJson,
    { spoken, heard }: { spoken: readonly Buffer[]; heard: readonly Buffer[] },
    file: string,
  ): boolean {
    const echoed = inOrder(spoken, heard);
    const saw = (status: string): boolean => record.events.some((event) => event.status === status);
    const violations = this.exchange?.violations ?? [];
    const checks: Array<[boolean, string]> = [
      [
        record.provider_call_id === call.id && call.id !== '',
        "placed: the ledger knows the carrier's id of the call, which came after that of the request",
      ],
      [saw('ringing') && saw('answered'), 'answered: ringing and answered are in the ledger'],
      [
        spoken.length > 0 && echoed / spoken.length >= ECHO_MIN,
        `heard: ${echoed} of ${spoken.length} frames came back identical and in order`,
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

/** How many of the frames are found again, each after the one before. */
function inOrder(spoken: readonly Buffer[], heard: readonly Buffer[]): number {
  let found = 0;
  let at = 0;
  for (const frame of spoken) {
    const next = heard.findIndex((other, index) => index >= at && other.equals(frame));
    if (next < 0) continue;
    found += 1;
    at = next + 1;
  }
  return found;
}
