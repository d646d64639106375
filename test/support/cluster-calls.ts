import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WAV_HEADER_BYTES } from '../../src/audio/wav.js';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import { mulawToWav } from '../../tools/carrier/media/wav.js';
import { Api, type CallJson } from './api.js';
import { API_KEY, OUR_NUMBER, PUBLIC_ORIGIN } from './gateway.js';
import { Instances } from './instances.js';
import { allAreHeard, isHeard, storyOf } from './heard.js';
import { until } from './patience.js';
import { seededRandom } from './seed.js';
import { startShippedBalancer, type Balancer } from './shipped-balancer.js';
import type { TestStore } from './stores.js';

/** As the carrier asks `action` after a stream, in milliseconds; null: never. */
export const DELAYS = [0, 150, 500, null] as const;
export type Delay = (typeof DELAYS)[number];

/** - `echo`: the caller talks all the time; `announce` and `menu`: the caller hears {@link SOUND} over and over. */
export type Saying = 'echo' | 'announce' | 'menu';

const RETRIES = '#rc=3&rp=5xx,ct,rt';
/** Our number as it is set up at a carrier (docs/carriers/twilio.md). */
const NUMBER = {
  phoneNumber: OUR_NUMBER,
  voiceUrl: `${PUBLIC_ORIGIN}/api/v1/telephony/twiml${RETRIES}`,
  statusCallback: `${PUBLIC_ORIGIN}/api/v1/telephony/status-callback${RETRIES}`,
};

/** Where less of what was heard is recorded, a part of the recording is missing. */
const RECORDED_SHARE = 0.95;
const NOTHING = new Int16Array(0);

const SENTENCES = 6;
const SENTENCE_BYTES = 5 * 8_000;

/**
 * Half a minute of μ-law that repeats itself nowhere, in values that are the same after a way through
 * PCM, and none of which is silence.
 */
export const SOUND = noise(SENTENCES * SENTENCE_BYTES);

function noise(bytes: number): Buffer {
  const random = seededRandom();
  return Buffer.from(Array.from({ length: bytes }, () => random.between(0, 126)));
}

/** A call with a stream, as the carrier and our API know it. */
export interface LiveCall {
  runId: number;
  says: Saying;
  asksAfterMs: Delay;
  call: SimulatedCall;
}

export interface ClusterCallsOptions {
  /** How many instances. Default: 3. */
  count?: number;
  env?: Record<string, string>;
  /** Settings of one instance alone, by its number. */
  envOf?: (index: number) => Record<string, string>;
}

/** Whole services behind HAProxy as it is shipped, and calls through them that go on until they are hung up. */
export class ClusterCalls {
  readonly calls: LiveCall[] = [];
  /** Our API, through the balancer. */
  readonly api: Api;
  private numbers = 0;

  private constructor(
    readonly instances: Instances,
    readonly balancer: Balancer,
    private readonly folder: string,
    private readonly workflows: Record<Saying, number>,
  ) {
    this.api = new Api(balancer);
  }

  static async start(
    store: TestStore,
    { count = 3, env = {}, envOf = () => ({}) }: ClusterCallsOptions = {},
  ): Promise<ClusterCalls> {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-cluster-'));
    await writeFile(join(folder, 'long.wav'), mulawToWav(SOUND));
    for (let nth = 0; nth < SENTENCES; nth += 1) {
      const sentence = SOUND.subarray(nth * SENTENCE_BYTES, (nth + 1) * SENTENCE_BYTES);
      await writeFile(join(folder, `sentence-${nth}.wav`), mulawToWav(sentence));
    }
    const instances = await Instances.start(store, {
      count: 0,
      carrier: { numbers: [NUMBER] },
      env: {
        MEDIA_DIR: folder,
        DATA_DIR: join(folder, 'data'),
        CREDENTIALS_KEY: randomBytes(32).toString('base64'),
        ...env,
      },
    });
    let balancer: Balancer | null = null;
    try {
      // The first one makes the first user.
      await instances.add(envOf(0));
      const others = Array.from({ length: count - 1 }, (_, nth) => instances.add(envOf(nth + 1)));
      await Promise.all(others);
      const ports = instances.all.map(({ url }) => Number(new URL(url).port));
      const running = (balancer = await startShippedBalancer(ports));
      instances.pick = () => running;
      await until(async () => (await fetch(`${running.url}/health/ready`)).ok);
      const api = new Api(running);
      const workflows = await makeWorkflows(api);
      await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
      return new ClusterCalls(instances, running, folder, workflows);
    } catch (error) {
      await instances.stop();
      await balancer?.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Resolves when all calls are heard; where it does not come to that, the story of each other call is shown. */
  async allAreHeard(): Promise<void> {
    try {
      await allAreHeard(this.calls);
    } catch (error) {
      for (const live of this.calls.filter((one) => !isHeard(one))) {
        const { events, ...run } = await this.api.call(live.runId);
        const story = [...storyOf(live.call, SOUND), JSON.stringify(run)];
        for (const event of events) story.push(JSON.stringify(event));
        process.stderr.write(
          `\n${live.says}, asks after ${live.asksAfterMs}: ${story.join('\n')}\n`,
        );
      }
      throw error;
    }
  }

  /** A number that nobody was called at yet, at which `behaviour` holds. */
  number(behaviour: CallBehaviour = {}): string {
    const number = `+1202555${String((this.numbers += 1)).padStart(4, '0')}`;
    this.instances.carrier.behave(number, behaviour);
    return number;
  }

  /** Places a call and waits until it carries audio. */
  async place(says: Saying = 'echo', asksAfterMs: Delay = 0): Promise<LiveCall> {
    const to = this.number({
      stream: { asksAfterMs },
      audio: says === 'echo' ? 'signal' : 'silence',
    });
    const body = { to, workflow_id: this.workflows[says] };
    const { workflow_run_id: runId } = await this.api.place(body);
    const dialled = await this.when(runId, (one) => one.provider_call_id !== null);
    const call = this.instances.carrier.findCall(dialled.provider_call_id ?? '');
    if (!call) throw new Error('the carrier does not know the call');
    const live = { runId, says, asksAfterMs, call };
    await call.streamStarted;
    await until(() => call.heardAudio.length > 1_600);
    this.calls.push(live);
    return live;
  }

  /** Places so many, in equal shares of what the carrier does; of five of a kind three echo, one announces, one is a menu. */
  async placeMany(count: number): Promise<void> {
    const kinds: Saying[] = ['echo', 'announce', 'echo', 'menu', 'echo'];
    for (let nth = 0; nth < count; nth += 1) {
      const says = kinds[Math.floor(nth / DELAYS.length) % kinds.length] ?? 'echo';
      await this.place(says, DELAYS[nth % DELAYS.length] ?? null);
    }
  }

  /** Resolves with the call once it fits; a reply that is none, because nobody is ready, is waited out. */
  when(runId: number, fits: (call: CallJson) => boolean): Promise<CallJson> {
    return until(
      async () => {
        const { status, body } = await this.api.request<CallJson>(
          'GET',
          `/telephony/calls/${runId}`,
        );
        return status === 200 && fits(body) && body;
      },
      `call ${runId} fits ${String(fits)}`,
    );
  }

  /** What our API says of each call, in the order of {@link calls}. */
  shown(calls: readonly LiveCall[] = this.calls): Promise<CallJson[]> {
    return Promise.all(calls.map(({ runId }) => this.api.call(runId)));
  }

  /** The callers hang up; resolves with why each call ended, as our API has it. */
  async hangUpAll(): Promise<Array<string | null>> {
    for (const { call } of this.calls) call.hangUp();
    const over = await Promise.all(
      this.calls.map(({ runId }) => this.when(runId, (call) => call.ended_at !== null)),
    );
    return over.map(({ end_reason: reason }) => reason);
  }

  /**
   * What the caller of this call heard by its recording, as samples without the silences. Resolves
   * when all of it is there: what an instance has on its disk when a call ends is stored a moment later.
   */
  async recordingOf({ runId, call }: LiveCall): Promise<Int16Array> {
    const url = `${this.balancer.url}/api/v1/telephony/calls/${runId}/recording`;
    const headers = { authorization: `Bearer ${API_KEY}` };
    const enough = call.heardAudio.length * RECORDED_SHARE;
    return until(async () => {
      const response = await fetch(url, { headers });
      const wav = Buffer.from(await response.arrayBuffer());
      const heard = response.ok ? samplesOf(wav).filter((sample) => sample !== 0) : NOTHING;
      return heard.length >= enough && heard;
    }, `the recording of ${runId} is whole`);
  }

  async stop(): Promise<void> {
    await this.instances.stop();
    await this.balancer.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The right channel of a stereo WAV. */
function samplesOf(wav: Buffer): Int16Array {
  const samples = new Int16Array(Math.max(0, Math.floor((wav.length - WAV_HEADER_BYTES) / 4)));
  for (let at = 0; at < samples.length; at += 1) {
    samples[at] = wav.readInt16LE(WAV_HEADER_BYTES + at * 4 + 2);
  }
  return samples;
}

/** `announce` and `menu` say {@link SOUND} over and over, and are recorded. */
async function makeWorkflows(api: Api): Promise<Record<Saying, number>> {
  const make = async (body: Record<string, unknown>): Promise<number> => {
    const reply = await api.request<{ workflow_id: number }>('POST', '/workflows', body);
    if (reply.status !== 201) throw new Error(`no workflow: ${JSON.stringify(reply.body)}`);
    return reply.body.workflow_id;
  };
  const steps = Array.from({ length: SENTENCES }, (_, nth) => [
    `step-${nth}`,
    { prompt: [`sentence-${nth}.wav`], next: `step-${(nth + 1) % SENTENCES}` },
  ]);
  return {
    echo: 1,
    announce: await make({
      name: 'announce',
      agent: 'announce',
      agent_options: { sound: 'long.wav', repeat: 100 },
      recording: true,
    }),
    menu: await make({
      name: 'menu',
      agent: 'menu',
      agent_options: { start: 'step-0', steps: Object.fromEntries(steps) as object },
      recording: true,
    }),
  };
}
