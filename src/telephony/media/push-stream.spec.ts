import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { FakeCarrier } from '../../../test/support/fake-carrier.js';
import { until } from '../../../test/support/patience.js';
import { streamSummary } from '../../../test/support/stream-fakes.js';
import { pushStream, streamLedger } from '../../../test/support/stream-ledgers.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import type { AnswerInstruction, DoResult } from '../../providers/ingress.js';
import { RESUMES_MAX } from '../webhooks/decide-answer.js';
import { PushAtOnce } from './push-at-once.js';
import type { PushStream } from './push-stream.js';

let store: TestStore;
let bench: ControlBench;
let atOnce: PushAtOnce;
/** What a carrier of whom nothing is asked by its API, but which takes instructions there, was told. */
let performed: AnswerInstruction[];
let result: DoResult;
/** What the carrier waits for before it answers. */
let slow: Promise<void>;
let push: PushStream;
let cluster: FakeCluster;

async function begin(carrier: FakeCarrier): Promise<void> {
  performed = [];
  result = { kind: 'done' };
  slow = Promise.resolve();
  bench = await controlBench(store.database, carrier);
  // So that the id of no call below is the generation of its stream.
  await bench.dialledRun();
  const perform = async (instruction: AnswerInstruction): Promise<DoResult> => {
    performed.push(instruction);
    await slow;
    return result;
  };
  Object.assign(carrier, { ingress: { transport: 'feed', perform } });
  push = pushStream(bench);
  cluster = new FakeCluster();
  atOnce = new PushAtOnce(bench.feed, bench.providers, push, bench.draining, cluster, bench.log);
  atOnce.onModuleInit();
}

beforeEach(async () => {
  store = await sqliteStores.create();
});
afterEach(async () => {
  atOnce.onApplicationShutdown();
  await store.remove();
});

const rest = () => new FakeCarrier(true, 1_000, { resumes: 'rest', redirects: false });

/** A stream of the run that begins, and ends. */
async function streamed(run: CallRun, generation: number, cause: SessionEnd): Promise<void> {
  const ledger = streamLedger({ ...bench, database: store.database });
  const name = `MZ${generation}`;
  const stream = await ledger.begin(run.runId, name, { kind: 'claimed', seen: generation - 1 });
  if (stream.kind !== 'begun') throw new Error(stream.reason);
  await ledger.close(stream.run, streamSummary(cause, name));
}

const steps = async (run: CallRun) =>
  (await bench.events(run)).flatMap(({ detail }) => detail['step'] ?? []);
/** Whatever is pushed is in the same queue as this. */
const settled = () => bench.ledger.change({ runId: 0 }, () => undefined);

describe('where the carrier does not ask what follows a stream', () => {
  it.each<[SessionEnd, number]>([
    ['lost', 1],
    ['going-away', 1],
    ['stop', 0],
  ])('one that ended by %s is replaced at once %i times', async (cause, times) => {
    await begin(rest());
    const run = await bench.dialledRun();
    await streamed(run, 1, cause);
    if (times > 0) await until(() => performed.length > 0);
    await settled();
    expect(performed.map(({ kind }) => kind)).toEqual(Array(times).fill('stream'));
    expect(bench.carrier.redirected).toEqual([]);
  });

  it.each([
    ['another is ready', true, 1],
    ['nobody is', false, 0],
  ])('by an instance that is closing only where %s', async (_, isReady, times) => {
    await begin(rest());
    const run = await bench.dialledRun();
    bench.draining.close();
    cluster.hasReadyOther = isReady;
    await streamed(run, 1, 'going-away');
    if (times > 0) await until(() => performed.length > 0);
    await settled();
    expect(performed).toHaveLength(times);
  });

  it('the stream is replaced once, however often that is asked for', async () => {
    await begin(rest());
    const run = await bench.dialledRun();
    await streamed(run, 1, 'lost');
    await until(() => performed.length === 1);
    expect(await pushStream(bench).push(run.runId, 1)).toBe(false);
    expect(performed).toHaveLength(1);
    expect(await steps(run)).toEqual(['started', 'ended', 'moved']);
  });

  it.each([
    ['later than 3 s', 3_100, true, 'Thank you for waiting.'],
    ['sooner', 2_900, true, null],
    ['later than 3 s by a carrier that says nothing', 3_100, false, null],
  ])(
    'one that is replaced %s begins with its sentence: %i ms, %j, %j',
    async (_, ms, says, notice) => {
      await begin(new FakeCarrier(true, 1_000, { resumes: 'rest', redirects: false, says }));
      const run = await bench.dialledRun({ onResume: 'Thank you for waiting.' });
      // Nobody could take the stream, until the next instance starts.
      bench.draining.close();
      cluster.hasReadyOther = false;
      await streamed(run, 1, 'going-away');
      bench.clock.time = new Date(bench.clock.now().getTime() + ms);
      expect(await push.push(run.runId, 1)).toBe(true);
      expect(performed).toMatchObject([{ kind: 'stream', notice }]);
      expect(await steps(run)).toEqual(['started', 'ended', 'moved']);
    },
  );

  it('the stream is replaced by other instructions where these are how the carrier is told', async () => {
    await begin(new FakeCarrier(true, 1_000, { resumes: 'no', redirects: true }));
    const run = await bench.dialledRun();
    await streamed(run, 1, 'going-away');
    await until(() => bench.carrier.redirected.length === 1);
    expect(performed).toEqual([]);
  });

  it('the process ends only when the carrier was told', async () => {
    await begin(rest());
    const run = await bench.dialledRun();
    let answer = (): void => undefined;
    slow = new Promise((resolve) => (answer = resolve));
    await streamed(run, 1, 'going-away');
    await until(() => performed.length === 1);
    let ended = false;
    const ending = push.onApplicationShutdown().then(() => (ended = true));
    await settled();
    expect(ended).toBe(false);
    answer();
    await ending;
  });

  it('and takes no instruction, it is left to the reconciler', async () => {
    await begin(new FakeCarrier(true, 1_000, { resumes: 'no', redirects: false }));
    const run = await bench.dialledRun();
    await streamed(run, 1, 'lost');
    await settled();
    expect([performed, bench.carrier.redirected]).toEqual([[], []]);
  });

  it('a call that loses its streams too often is hung up', async () => {
    await begin(rest());
    const run = await bench.dialledRun();
    for (let generation = 1; generation <= RESUMES_MAX; generation += 1) {
      await streamed(run, generation, 'lost');
      await until(() => performed.length === generation);
    }
    await streamed(run, RESUMES_MAX + 1, 'lost');
    await until(() => bench.carrier.ended.length === 1);
    expect(performed).toHaveLength(RESUMES_MAX);
    expect(await bench.reread(run)).toMatchObject({ hangupReason: 'stream_lost' });
  });

  it('and does not take the instruction, it is asked about the call at once', async () => {
    await begin(rest());
    result = { kind: 'failed', message: 'HTTP 404' };
    const run = await bench.dialledRun();
    await streamed(run, 1, 'lost');
    await until(async () => {
      const { checkAt } = await bench.reread(run);
      return checkAt?.getTime() === bench.clock.now().getTime();
    });
    expect(performed).toHaveLength(1);
  });
});

it('where the carrier asks, it is not told at once', async () => {
  await begin(new FakeCarrier());
  const run = await bench.dialledRun();
  await streamed(run, 1, 'going-away');
  await settled();
  expect([performed, bench.carrier.redirected]).toEqual([[], []]);
});
