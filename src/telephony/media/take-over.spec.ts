import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { CALL, FakeCarrier } from '../../../test/support/fake-carrier.js';
import { until } from '../../../test/support/patience.js';
import { pushStream, streamLedger } from '../../../test/support/stream-ledgers.js';
import { streamSummary } from '../../../test/support/stream-fakes.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import { Instance } from '../../cluster/instance.js';
import { StoreLeases } from '../../cluster/store-leases.js';
import { StreamSettings } from '../../config/settings.js';
import { Draining } from '../../shared/draining.js';
import { TakeOver } from './take-over.js';

/** Longer than a carrier has to ask by itself. */
const ASKED_MS = 701;

let store: TestStore;
let bench: ControlBench;
let cluster: FakeCluster;
let draining: Draining;
let now: number;
const realNow = performance.now.bind(performance);

beforeEach(async () => {
  store = await sqliteStores.create();
  await begin(new FakeCarrier());
  // So that the id of no call below is the generation of its stream.
  await bench.dialledRun();
  now = 0;
  performance.now = () => realNow() + now;
});
afterEach(async () => {
  performance.now = realNow;
  await store.remove();
});

async function begin(carrier: FakeCarrier): Promise<void> {
  bench = await controlBench(store.database, carrier);
  cluster = new FakeCluster();
  draining = new Draining();
}

/** An instance that survives. */
function survivor(): TakeOver {
  const settings = new StreamSettings({ graceSeconds: 20 });
  return new TakeOver(
    store.database,
    bench.ledger,
    cluster,
    new StoreLeases(store.database, new Instance()),
    pushStream(bench),
    settings,
    draining,
    bench.clock,
    bench.log,
  );
}

/** A call with a stream of an instance that nobody hears of. */
async function streaming(): Promise<{ run: CallRun; close: (cause: SessionEnd) => Promise<void> }> {
  const there = streamLedger({ ...bench, database: store.database });
  const { runId } = await bench.dialledRun({ providerCallId: CALL });
  const stream = await there.begin(runId, 'MZ1', { kind: 'claimed', seen: 0 });
  if (stream.kind !== 'begun') throw new Error(stream.reason);
  const { run } = stream;
  return { run, close: (cause) => there.close(run, streamSummary(cause)) };
}

const steps = async (run: CallRun) =>
  (await bench.events(run)).flatMap(({ detail }) => detail['step'] ?? []);
const looks = async (one: TakeOver) => {
  await one.lookOnce();
  // What is pushed is not waited for; it is in the same queue as this.
  await bench.ledger.change({ runId: 0 }, () => undefined);
};

describe('a stream whose instance is gone', () => {
  it('is recorded as lost, and the carrier is given another when it has not asked in time', async () => {
    const { run } = await streaming();
    const one = survivor();
    await looks(one);
    expect(await bench.reread(run)).toMatchObject({ streamState: 'lost', hangupReason: null });
    expect(await steps(run)).toEqual(['started', 'ended']);
    expect(bench.carrier.redirected).toEqual([]);
    now += ASKED_MS;
    await looks(one);
    await until(() => bench.carrier.redirected.length > 0);
    expect(bench.carrier.redirected).toMatchObject([[CALL, { kind: 'stream' }]]);
    expect(await steps(run)).toEqual(['started', 'ended', 'moved']);
    expect(await bench.reread(run)).toMatchObject({ streamState: 'moving' });
    now += ASKED_MS;
    await looks(one);
    expect(bench.carrier.redirected).toHaveLength(1);
  });

  it('is given another at once where it has been waited for since before we looked', async () => {
    const { run } = await streaming();
    await looks(survivor());
    bench.clock.advance(ASKED_MS);
    await looks(survivor());
    await until(() => bench.carrier.redirected.length > 0);
    expect(await steps(run)).toEqual(['started', 'ended', 'moved']);
  });

  it('is given another once, however many survive', async () => {
    const { run } = await streaming();
    const many = [survivor(), survivor(), survivor()];
    await Promise.all(many.map(looks));
    now += ASKED_MS;
    await Promise.all(many.map(looks));
    await until(() => bench.carrier.redirected.length > 0);
    await Promise.all(many.map(looks));
    expect(await steps(run)).toEqual(['started', 'ended', 'moved']);
    expect(bench.carrier.redirected).toHaveLength(1);
  });

  it('is left alone where the carrier has asked and a newer one lives', async () => {
    const { run } = await streaming();
    const one = survivor();
    await looks(one);
    const here = streamLedger({ ...bench, database: store.database });
    await here.begin(run.runId, 'MZ2', { kind: 'claimed', seen: 1 });
    cluster.isAlive = () => true;
    now += ASKED_MS;
    await looks(one);
    expect(await steps(run)).toEqual(['started', 'ended', 'started']);
    expect(bench.carrier.redirected).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['has not renewed its own lease long enough', () => (cluster.mayTakeOver = false)],
    ['is cut off from the store itself', () => (cluster.fenced = true)],
    ['is leaving', () => draining.start()],
  ])('is not touched by an instance that %s', async (_, make) => {
    const { run } = await streaming();
    make();
    await looks(survivor());
    expect(await steps(run)).toEqual(['started']);
  });

  it('is not given another where the carrier cannot be told, or the call is to end', async () => {
    await begin(new FakeCarrier(true, 1_000, { redirects: false }));
    const { run } = await streaming();
    const one = survivor();
    await looks(one);
    now += ASKED_MS;
    await looks(one);
    expect(await steps(run)).toEqual(['started', 'ended']);
    expect((await bench.reread(run)).checkAt).not.toBeNull();
    await begin(new FakeCarrier());
    await bench.control.hangUp(run.runId, 'api_hangup');
    const other = survivor();
    await looks(other);
    now += ASKED_MS;
    await looks(other);
    expect(bench.carrier.redirected).toEqual([]);
  });
});

describe('a stream that ended', () => {
  it.each<[SessionEnd, number]>([
    ['going-away', 1],
    ['lost', 0],
    ['stop', 0],
  ])('by %s is replaced through the carrier’s API %i times', async (cause, times) => {
    const { close } = await streaming();
    await close(cause);
    const one = survivor();
    await looks(one);
    now += ASKED_MS;
    await looks(one);
    if (times > 0) await until(() => bench.carrier.redirected.length > 0);
    expect(bench.carrier.redirected).toHaveLength(times);
  });

  it('is tried again while the carrier throttles us, and not when it says that the call is over', async () => {
    const { close } = await streaming();
    await close('going-away');
    let asked = 0;
    bench.carrier.onRedirect = () => {
      asked += 1;
      return asked === 1
        ? { kind: 'failed', message: 'too many requests', retryable: true }
        : { kind: 'already-ended' };
    };
    const one = survivor();
    await looks(one);
    now += ASKED_MS;
    await looks(one);
    await until(() => asked === 2);
  });
});
