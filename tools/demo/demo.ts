import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Draining, sayDrainStep } from '../../src/shared/draining.js';
import { codeOf } from '../../src/shared/start-error.js';
import { LATE, within } from '../../src/shared/within.js';
import type { SimulatedCall } from '../carrier/calls/simulated-call.js';
import type { SimulatedCarrier } from '../carrier/simulated-carrier.js';
import type { Narrator } from './narrator.js';
import { playForPerson } from './play.js';
import { ThrowAwayGateway } from './throw-away-gateway.js';

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

interface Saved {
  path: string;
  /** Why it is not where it would be looked for; empty: it is. */
  note: string;
}

/** A gateway on a throw-away store and a carrier beside it, and one call between them. */
export class Demo {
  private readonly gateway: ThrowAwayGateway;

  constructor(private readonly say: Narrator) {
    this.gateway = new ThrowAwayGateway(
      { behaviour: { ringMs: 600, hangUpAfterMs: TALK_MS } },
      say,
    );
  }

  async start(): Promise<void> {
    await this.gateway.start();
    this.gateway.service.app.get(Draining).onStep((step) => {
      if (step.calls > 0) this.say.step('stopping', sayDrainStep(step));
    });
  }

  /** Places one call and checks it from end to end. True when everything was right. */
  async call(): Promise<boolean> {
    const { carrier } = this.gateway;
    this.narrate(carrier);
    const placed = await this.gateway.api<CallJson>('POST', '/telephony/calls', {
      workflow_id: 1,
      to: CALLED_NUMBER,
    });
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
    const recording = await saveRecording(call);
    const isRight = this.judge(call, final, recording);
    await playForPerson(recording.path, this.say);
    return isRight;
  }

  /** Prints what a person needs to continue on their own. */
  invite(): void {
    const { url, apiKey } = this.gateway;
    this.say.plain();
    this.say.plain('Still running. Place another call:');
    this.say.plain(
      `  curl -s ${url}/api/v1/telephony/calls -H 'Authorization: Bearer ${apiKey}' \\`,
    );
    this.say.plain(
      `    -H 'Content-Type: application/json' -d '{"workflow_id":1,"to":"${CALLED_NUMBER}"}'`,
    );
    this.say.plain('Ctrl-C ends it and removes its store.');
  }

  /** Stops everything and leaves nothing behind but the recording. Safe to call at any moment. */
  stop(): Promise<void> {
    return this.gateway.stop();
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
      const call = await this.gateway.api<CallJson>('GET', `/telephony/calls/${runId}`);
      if (call.status === 'completed' || Date.now() > giveUpAt) return call;
      await new Promise((next) => setTimeout(next, 50));
    }
  }

  private judge(call: SimulatedCall, record: CallJson, { path, note }: Saved): boolean {
    const echo = call.compareEcho();
    const saw = (status: string): boolean => record.events.some((event) => event.status === status);
    const violations = this.gateway.carrier.violations.length;
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
    this.say.plain(`What the caller heard: ${path}${note}`);
    return checks.every(([passed]) => passed);
  }
}

/** Saves the recording here, or among the temporary files if this folder cannot be written to. */
async function saveRecording(call: SimulatedCall): Promise<Saved> {
  const here = resolve(RECORDING);
  try {
    await call.saveHeard(here);
    return { path: here, note: '' };
  } catch (error) {
    const elsewhere = join(await mkdtemp(join(tmpdir(), 'patchbay-heard-')), RECORDING);
    await call.saveHeard(elsewhere);
    const note = ` (${dirname(here)} cannot be written to: ${codeOf(error)})`;
    return { path: elsewhere, note };
  }
}

async function inTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const result = await within(milliseconds, work);
  if (result === LATE) throw new Error('the call did not get on');
  return result;
}
