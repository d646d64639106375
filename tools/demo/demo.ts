import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseSettings } from '../../src/parse-settings.js';
import { startService, type Service } from '../../src/service.js';
import { Draining, sayDrainStep } from '../../src/shared/draining.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import type { SimulatedCall } from '../carrier/calls/simulated-call.js';
import { SimulatedCarrier } from '../carrier/simulated-carrier.js';
import { freePort } from '../../src/shared/free-port.js';
import { codeOf } from '../../src/shared/start-error.js';
import type { Narrator } from './narrator.js';
import { LATE, within } from '../../src/shared/within.js';

const PUBLIC_ORIGIN = 'https://patchbay.internal';
const OUR_NUMBER = '+15005550006';
/** A number from a range that is reserved for fiction. */
const CALLED_NUMBER = '+12025550143';
const TALK_MS = 4_000;
/** The share of the caller's frames that must come back unchanged and in order. */
const ECHO_MIN = 0.99;
/** The whole call takes about five seconds. */
const PATIENCE_MS = 30_000;
const RECORDING = 'demo-call.wav';

interface CallJson {
  workflow_run_id: number;
  provider_call_id: string | null;
  status: string;
  duration_seconds: number | null;
  end_reason: string | null;
  events: Array<{ status: string | null; source: string; outcome: string; type: string }>;
}

/** A gateway on a throw-away store and a carrier beside it, and one call between them. */
export class Demo {
  private directory = '';
  private carrier: SimulatedCarrier | null = null;
  private service: Service | null = null;
  private readonly apiKey = generateApiKey();
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;

  constructor(private readonly say: Narrator) {}

  start(): Promise<void> {
    return (this.starting = this.startBoth());
  }

  private async startBoth(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    const port = await freePort();
    this.carrier = await SimulatedCarrier.start({
      numbers: [OUR_NUMBER],
      originMap: { [PUBLIC_ORIGIN]: `http://127.0.0.1:${port}` },
      behaviour: { ringMs: 600, hangUpAfterMs: TALK_MS },
    });
    this.say.step('carrier', `the simulated carrier takes calls at ${this.carrier.baseUrl}`);
    const settings = parseSettings({
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: PUBLIC_ORIGIN,
      DATA_DIR: this.directory,
      API_KEY: this.apiKey,
      TWILIO_ACCOUNT_SID: this.carrier.accountSid,
      TWILIO_AUTH_TOKEN: this.carrier.authToken,
      TWILIO_FROM_NUMBERS: OUR_NUMBER,
      TWILIO_API_BASE_URL: this.carrier.baseUrl,
      DRAIN_TIMEOUT_SECONDS: '1',
      LOG_LEVEL: 'error',
    });
    // Its address alone does not distinguish it from a proxy in front of the real carrier.
    const twilio = settings.twilio?.withSimulated(true) ?? null;
    this.service = await startService({ ...settings, twilio });
    this.service.app.get(Draining).onStep((step) => {
      if (step.calls > 0) this.say.step('stopping', sayDrainStep(step));
    });
    this.say.step('gateway', `Patchbay listens at ${this.service.localOrigin}, store: SQLite`);
  }

  /** Places one call and checks it from end to end. True when everything was right. */
  async call(): Promise<boolean> {
    const { carrier } = this;
    if (!carrier) return false;
    this.narrate(carrier);
    const placed = await this.api('POST', '/calls', { workflow_id: 1, to: CALLED_NUMBER });
    this.say.step(
      'placed',
      `run ${placed.workflow_run_id}, the carrier calls it ${placed.provider_call_id}`,
    );
    const call = await inTime(
      PATIENCE_MS,
      carrier.waitForCall((one) => one.sid === placed.provider_call_id),
    );
    await inTime(PATIENCE_MS, call.settled);
    const final = await this.finalRecord(placed.workflow_run_id);
    return this.judge(call, final, await saveRecording(call));
  }

  /** Prints what a person needs to continue on their own. */
  invite(): void {
    const url = this.service?.localOrigin ?? '';
    this.say.plain();
    this.say.plain('Still running. Place another call:');
    this.say.plain(
      `  curl -s ${url}/api/v1/telephony/calls -H 'Authorization: Bearer ${this.apiKey}' \\`,
    );
    this.say.plain(
      `    -H 'Content-Type: application/json' -d '{"workflow_id":1,"to":"${CALLED_NUMBER}"}'`,
    );
    this.say.plain('Ctrl-C ends it and removes its store.');
  }

  /** Stops everything and leaves nothing behind but the recording. Safe to call at any moment. */
  stop(): Promise<void> {
    return (this.stopping ??= this.stopBoth());
  }

  private async stopBoth(): Promise<void> {
    // A part that is still starting would outlive its own stop.
    await this.starting.catch(() => undefined);
    await this.carrier?.stop();
    await this.service?.stop();
    if (this.directory) await rm(this.directory, { recursive: true, force: true });
  }

  private narrate(carrier: SimulatedCarrier): void {
    carrier.on('status', (_call, status) => this.say.step('phone', status));
    carrier.on('webhook', ({ kind, status, latencyMs }) => {
      this.say.step('webhook', `${kind}: ${status ?? 'no reply'} after ${latencyMs.toFixed(1)} ms`);
    });
    carrier.on('stream', () => {
      this.say.step('stream', 'audio flows both ways, 50 frames a second; the agent echoes it');
    });
    carrier.on('violation', ({ code, message }) =>
      this.say.step('VIOLATION', `${code} ${message}`),
    );
  }

  /** Waits for the last callback, which arrives a moment after the call has ended. */
  private async finalRecord(runId: number): Promise<CallJson> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const call = await this.api('GET', `/calls/${runId}`);
      if (call.status === 'completed' || Date.now() > giveUpAt) return call;
      await new Promise((next) => setTimeout(next, 50));
    }
  }

  private judge(call: SimulatedCall, record: CallJson, recording: string): boolean {
    const echo = call.compareEcho();
    const saw = (status: string): boolean => record.events.some((event) => event.status === status);
    const violations = this.carrier?.violations.length ?? 0;
    const checks: Array<[boolean, string]> = [
      [
        record.provider_call_id === call.sid,
        "placed: the ledger knows the carrier's id of the call",
      ],
      [saw('answered'), 'answered: initiated, ringing and answered are in the ledger'],
      [
        call.streams.length === 1 && echo.sentFrames > 0,
        `streamed: ${echo.sentFrames} frames sent to the agent`,
      ],
      [
        echo.fraction >= ECHO_MIN,
        `heard: ${echo.identicalInOrder} of ${echo.echoedFrames} echoed frames identical and in order (${(echo.fraction * 100).toFixed(1)} %)`,
      ],
      [
        record.status === 'completed',
        `ended: the ledger reads ${record.status}, ${record.end_reason}, ${record.duration_seconds} s, ${record.events.length} events`,
      ],
      [violations === 0, `protocol: ${violations} violations seen by the carrier`],
    ];
    this.say.plain();
    for (const [passed, text] of checks) this.say.check(passed, text);
    this.say.plain();
    this.say.plain(`What the caller heard: ${recording}`);
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

/** Saves the recording here, or among the temporary files if this folder cannot be written to. Resolves with its path. */
async function saveRecording(call: SimulatedCall): Promise<string> {
  const here = resolve(RECORDING);
  try {
    await call.saveHeard(here);
    return here;
  } catch (error) {
    const elsewhere = join(await mkdtemp(join(tmpdir(), 'patchbay-heard-')), RECORDING);
    await call.saveHeard(elsewhere);
    return `${elsewhere} (${dirname(here)} cannot be written to: ${codeOf(error)})`;
  }
}

async function inTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const result = await within(milliseconds, work);
  if (result === LATE) throw new Error('the call did not get on');
  return result;
}
