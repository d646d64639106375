import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import type { MediaStream } from '../../tools/carrier/media/media-stream.js';
import { mulawToWav } from '../../tools/carrier/media/wav.js';
import { Api, type CallJson, type EventJson } from '../support/api.js';
import { API_KEY } from '../support/gateway.js';
import { Instances } from '../support/instances.js';
import { LONG, until } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';
import { CarrierRequests, streamOf } from '../support/signed-request.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const source = await postgresStores();
/** The same at all instances. */
const CREDENTIALS_KEY = randomBytes(32).toString('base64');

/** As μ-law: how far what is said again after a move may be from where the caller stopped hearing it. */
const OFF_MAX_BYTES = (LONG ? 300 : 2_000) * 8;

/** Thirty seconds that repeat themselves nowhere, in values that are the same after a way through PCM. */
const random = seededRandom();
const SOUND = Buffer.from(Array.from({ length: 240_000 }, () => random.between(0, 126)));

interface LiveJson {
  workflow_run_id: number;
  streaming: boolean;
  stream: { quality: Record<string, number> } | null;
}

/** A call with a stream at one instance, as the carrier and our API know it. */
interface Placed {
  runId: number;
  call: SimulatedCall;
  stream: MediaStream;
}

(source ? describe : describe.skip)('a live call at one of two instances', () => {
  let store: TestStore;
  let instances: Instances;
  let media: string;
  /** The workflow that says {@link SOUND}. */
  let announcing: number;

  // One pair for all: the services are what takes time.
  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    media = await mkdtemp(join(tmpdir(), 'patchbay-moves-'));
    await writeFile(join(media, 'long.wav'), mulawToWav(SOUND));
    instances = await Instances.start(store, {
      env: {
        MEDIA_DIR: media,
        CREDENTIALS_KEY,
        MOVE_PATIENCE_SECONDS: '0',
        STREAM_GRACE_SECONDS: '60',
      },
    });
    goTo(0);
    const made = await api().request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'announce',
      agent: 'announce',
      agent_options: { sound: 'long.wav' },
    });
    announcing = made.body.workflow_id;
  });
  afterAll(async () => {
    await instances.stop();
    await store.remove();
    await source?.dispose();
    await rm(media, { recursive: true, force: true });
  });

  /** Which of them calls are placed at, and the carrier's requests go to. */
  let chosen = 0;
  function goTo(index: number): void {
    chosen = index;
    instances.pick = () => instances.at(index);
  }
  const api = (): Api => new Api(instances.at(chosen));

  let calls = 0;
  /** By default an echo call, whose caller talks all the time. */
  async function placed(stream: CallBehaviour['stream'] = {}, workflow_id = 1): Promise<Placed> {
    const to = `+1202555${String((calls += 1)).padStart(4, '0')}`;
    instances.carrier.behave(to, { stream });
    const placing = await api().place({ to, workflow_id });
    const { workflow_run_id: runId } = placing;
    // A busy machine may take longer to dial than the request waits.
    const dialled = await api().until(runId, (one) => one.provider_call_id !== null);
    const call = instances.carrier.findCall(dialled.provider_call_id ?? '');
    if (!call) throw new Error('the carrier does not know the call');
    const first = await call.streamNumber(1);
    await until(() => first.heardAudio.length > 1_600);
    return { runId, call, stream: first };
  }

  /**
   * The call's next stream, once it carries audio both ways. On a busy machine a carrier that asks
   * late may be told of another meanwhile, to which that of its question gives way.
   */
  async function goesOn({ call, stream }: Placed): Promise<MediaStream> {
    return until(() =>
      call.streams.find((next) => next !== stream && next.heardAudio.length > 1_600),
    );
  }

  const streamEvents = ({ events }: CallJson): EventJson[] =>
    events.filter(({ type }) => type === 'stream');

  async function eventsOf({ runId }: Placed, count: number): Promise<EventJson[]> {
    const call = await api().until(runId, (one) => streamEvents(one).length >= count);
    return streamEvents(call);
  }

  async function isWell({ runId, call }: Placed): Promise<void> {
    expect(call.status).toBe('in-progress');
    const { ended_at, status } = await api().call(runId);
    expect([status, ended_at]).toEqual(['answered', null]);
  }

  test('keeps its stream: a second one that begins at the other while it carries audio gets 4409', async () => {
    await instances.explain(async () => {
      goTo(0);
      const { runId, call, stream } = await placed();
      goTo(1);
      const requests = new CarrierRequests({
        url: instances.at(1).url,
        carrier: instances.carrier,
      });
      const fields = requests.fieldsOf(call.sid, 'in-progress');
      const { url, token } = streamOf(await requests.answer(await api().call(runId), fields));
      const replay = await instances.carrier.connectStream({
        url,
        callSid: call.sid,
        customParameters: { token },
      });
      if (replay.kind !== 'open') throw new Error(replay.kind);
      expect(await replay.client.closed).toMatchObject({ code: 4409 });
      expect(stream.open).toBe(true);
      const events = streamEvents(await api().call(runId));
      expect(events.map(({ detail }) => detail['step'])).toEqual(['started']);
    });
  });

  test('is taken by a second stream where the first is silent, and the first is closed with 4409', async () => {
    await instances.explain(async () => {
      goTo(0);
      const { runId, call, stream } = await placed({ freezeAfterMs: 1_000 });
      await until(() => stream.frozen);
      goTo(1);
      const requests = new CarrierRequests({
        url: instances.at(1).url,
        carrier: instances.carrier,
      });
      const fields = requests.fieldsOf(call.sid, 'in-progress');
      // Until a second has passed since the last audio.
      const taken = await until(async () => {
        const { url, token } = streamOf(await requests.answer(await api().call(runId), fields));
        const one = await instances.carrier.connectStream({
          url,
          callSid: call.sid,
          customParameters: { token },
        });
        if (one.kind !== 'open') throw new Error(one.kind);
        const isTaken = async (): Promise<boolean> => {
          const events = streamEvents(await api().call(runId));
          return events.some(({ detail }) => detail['stream_id'] === one.client.streamSid);
        };
        const refused = one.client.closed.then(() => false);
        const began = until(isTaken).then(() => true);
        return (await Promise.race([refused, began])) && one.client;
      });
      const events = await eventsOf({ runId, call, stream }, 3);
      const told = events.map(
        ({ detail }) => `${String(detail['step'])} ${String(detail['generation'])}`,
      );
      expect(new Set(told)).toEqual(new Set(['started 1', 'ended 1', 'started 2']));
      const end = events.find(({ detail }) => detail['step'] === 'ended');
      expect(end?.detail).toMatchObject({ cause: 'taken-over', code: 4409 });
      taken.destroy();
    });
  });

  test('is hung up at the other: its agent falls silent at once, not when the carrier says so', async () => {
    await instances.explain(async () => {
      goTo(0);
      const placedCall = await placed();
      const { runId, call, stream } = placedCall;
      goTo(1);
      instances.carrier.fault({ operation: 'update', reply: { status: 500 }, times: 1_000 });
      await api().request('POST', `/telephony/calls/${runId}/hangup`);
      const [, ended] = await eventsOf(placedCall, 2);
      expect(ended?.detail).toMatchObject({ step: 'ended', cause: 'hung-up', generation: 1 });
      expect(call.status).toBe('in-progress');
      instances.carrier.clearFaults();
      await stream.ended;
      const over = await api().until(runId, (one) => one.ended_at !== null);
      expect([over.end_reason, call.status]).toEqual(['api_hangup', 'completed']);
    });
  });

  test('is over as the other is told: the stream that the carrier forgot is closed, not left to silence', async () => {
    await instances.explain(async () => {
      goTo(0);
      const placedCall = await placed();
      const { runId, call, stream } = placedCall;
      goTo(1);
      const requests = new CarrierRequests({
        url: instances.at(1).url,
        carrier: instances.carrier,
      });
      await requests.callback(runId, requests.event(call.sid, 'completed', 99));
      const [, ended] = await eventsOf(placedCall, 2);
      expect(ended?.detail).toMatchObject({ step: 'ended', cause: 'call-ended', code: 1000 });
      expect(await stream.ended).toBe('server-closed');
    });
  });

  test('shows its quality wherever it is asked for', async () => {
    await instances.explain(async () => {
      goTo(0);
      const { runId } = await placed();
      for (const index of [0, 1]) {
        goTo(index);
        const stream = await until(async () => {
          const live = await fetch(`${instances.at(index).url}/console/api/live`, {
            headers: { authorization: `Bearer ${API_KEY}`, connection: 'close' },
          });
          const { data } = (await live.json()) as { data: LiveJson[] };
          const found = data.find((one) => one.workflow_run_id === runId);
          return found?.streaming && found.stream;
        });
        expect(stream.quality['frames_in']).toBeGreaterThan(0);
      }
    });
  });

  (LONG ? test : test.skip)(
    'is taken over from an instance that is frozen, which lets go of it when it thaws',
    async () => {
      await instances.explain(async () => {
        goTo(0);
        const placedCall = await placed();
        goTo(1);
        const { pid } = instances.at(0);
        if (pid === null) throw new Error('it does not run');
        process.kill(pid, 'SIGSTOP');
        const next = await goesOn(placedCall);
        process.kill(pid, 'SIGCONT');
        // Redirected, the carrier has told the older stream to stop.
        expect(await placedCall.stream.ended).toBe('stopped');
        const heard = next.heardAudio.length;
        await until(() => next.heardAudio.length > heard + 16_000);
        await isWell(placedCall);
        const generations = (await eventsOf(placedCall, 4)).map(
          ({ detail }) => detail['generation'],
        );
        expect(generations).toEqual([1, 1, 1, 2]);
        expect(instances.carrier.violations).toEqual([]);
      });
    },
  );

  test('goes on at the other when its own is stopped, whether the carrier asks at once, later or never', async () => {
    await instances.explain(async () => {
      goTo(0);
      const all = [
        await placed({ asksAfterMs: 0 }),
        await placed({ asksAfterMs: 150 }),
        await placed({ asksAfterMs: null }),
      ];
      const announced = await placed({ asksAfterMs: 150 }, announcing);
      goTo(1);
      await instances.at(0).stop();
      const rest = await goesOn(announced);
      for (const placedCall of all) {
        const { stream } = placedCall;
        expect(await stream.ended).toBe('server-closed');
        expect(stream.closeCode).toBe(1012);
        await goesOn(placedCall);
        await isWell(placedCall);
      }
      const [asked, , pushed] = all;
      const [started, ended, ...others] = await eventsOf(asked!, 3);
      const again = others.find(({ detail }) => detail['step'] === 'started');
      expect(started?.detail).toMatchObject({ step: 'started', generation: 1 });
      expect(ended?.detail).toMatchObject({ step: 'ended', cause: 'going-away', state: 'moving' });
      expect(again?.detail).toMatchObject({ step: 'started', generation: 2 });
      expect(again?.detail['instance']).not.toBe(started?.detail['instance']);
      expect(again?.detail['gap_ms']).toEqual(expect.any(Number));
      // The one about which the carrier never asks was given its stream through the carrier's API.
      const steps = (await eventsOf(pushed!, 4)).map(({ detail }) => detail['step']);
      expect(steps).toEqual(['started', 'ended', 'moved', 'started']);
      expect(instances.carrier.violations).toEqual([]);

      // What was cut off goes on where the caller stopped hearing it.
      const at = SOUND.indexOf(rest.heardAudio.subarray(0, 400));
      const before = announced.call.streams.slice(0, announced.call.streams.indexOf(rest));
      const off = at - before.reduce((bytes, { heardAudio }) => bytes + heardAudio.length, 0);
      expect([at >= 0, Math.abs(off) <= OFF_MAX_BYTES, off]).toEqual([true, true, off]);
    });
  });

  test('goes on at the other when its own is killed, whether the carrier asks or not', async () => {
    await instances.explain(async () => {
      await instances.at(0).start();
      const all = [await placed(), await placed({ asksAfterMs: null })];
      goTo(0);
      await instances.at(1).kill();
      for (const placedCall of all) {
        await goesOn(placedCall);
        await isWell(placedCall);
      }
      const events = await eventsOf(all[1]!, 4);
      expect(events.map(({ detail }) => [detail['step'], detail['generation']])).toEqual([
        ['started', 1],
        ['ended', 1],
        ['moved', 1],
        ['started', 2],
      ]);
      expect(events[1]?.detail).toMatchObject({ cause: 'lost', owner: 'gone' });
    });
  });
});
