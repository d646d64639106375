import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { CALL, carrierCall, FakeCarrier } from '../../../test/support/fake-carrier.js';
import { statusCallback } from '../../../test/support/ledger-builders.js';
import { until } from '../../../test/support/patience.js';
import { streamSummary } from '../../../test/support/stream-fakes.js';
import { pushStream, streamLedger } from '../../../test/support/stream-ledgers.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import type { CallRun, NewRun } from '../../calls/ledger/call-run.js';
import { enterReport, markTold, type LegReport } from '../../calls/transfers/transfer-entries.js';
import { Instance } from '../../cluster/instance.js';
import { StoreLeases } from '../../cluster/store-leases.js';
import { LimitSettings, StreamSettings } from '../../config/settings.js';
import { Destinations } from '../../control/destinations.js';
import { TransferCall, type TransferWish } from '../../control/transfer-call.js';
import { HANDOVER_VERSION, type Handover } from '../../calls/streams/handover.js';
import { PushAtOnce } from './push-at-once.js';
import { TakeOver } from './take-over.js';

const PERSON = '+12025550177';
const LEG = `CA${'0e'.repeat(16)}`;
const LEFT: Handover = {
  agent: 'scripted',
  version: HANDOVER_VERSION,
  state: { step: 1 },
  tail: null,
  utterances: 1,
  heardMs: 0,
  tailMs: 0,
};

let store: TestStore;
let bench: ControlBench;
let atOnce: PushAtOnce;
let cluster: FakeCluster;

async function begin(carrier = new FakeCarrier()): Promise<void> {
  bench = await controlBench(store.database, carrier);
  cluster = new FakeCluster();
  const push = pushStream(bench);
  atOnce = new PushAtOnce(bench.feed, bench.providers, push, bench.draining, cluster, bench.log);
  atOnce.onModuleInit();
}
beforeEach(async () => {
  store = await sqliteStores.create();
  await begin();
});
afterEach(async () => {
  atOnce.onApplicationShutdown();
  await store.remove();
});

/** An answered call with a stream of an instance that nobody hears of. */
async function talking(fields: Partial<NewRun> = {}) {
  const { runId } = await bench.dialledRun({ providerCallId: CALL, ...fields });
  const ledger = streamLedger({ ...bench, database: store.database });
  await bench.ledger.change({ runId }, (draft) => draft?.record(statusCallback('answered', 2)));
  const stream = await ledger.begin(runId, 'MZ1', { kind: 'claimed', seen: 0 });
  if (stream.kind !== 'begun') throw new Error(stream.reason);
  /** As the session does, when it is told. */
  const leave = (): Promise<void> =>
    ledger.close(stream.run, streamSummary('transferred'), {
      handover: LEFT,
      committed: () => undefined,
    });
  return { run: stream.run, leave, ledger };
}

function transfer(run: CallRun, wish: Partial<TransferWish> = {}) {
  const destinations = new Destinations(new LimitSettings({}));
  const transfers = new TransferCall(bench.ledger, bench.providers, destinations);
  return transfers.begin(run, { to: PERSON, ...wish });
}

/** The carrier says something of the person's call. */
function told(run: CallRun, report: Partial<LegReport>): Promise<boolean> {
  return bench.ledger.change({ runId: run.runId }, (draft) =>
    draft
      ? enterReport(draft, {
          transfer: 1,
          leg: LEG,
          step: 'over',
          failure: null,
          source: 'status-callback',
          occurredAt: null,
          durationSeconds: null,
          sipCode: null,
          payload: {},
          ...report,
        })
      : false,
  );
}

const story = async (run: CallRun) =>
  (await bench.events(run))
    .filter(({ type }) => type === 'transfer')
    .map(({ detail }) => [detail['step'], detail['reason']].filter(Boolean).join(' '));
const survivor = (): TakeOver =>
  new TakeOver(
    store.database,
    bench.ledger,
    cluster,
    new StoreLeases(store.database, new Instance()),
    pushStream(bench),
    new StreamSettings({ graceSeconds: 20 }),
    bench.draining,
    bench.clock,
    bench.log,
  );
const kinds = () => bench.carrier.redirected.map(([, { kind }]) => kind);
/** Whatever is pushed is in the same queue as this. */
const settled = () => bench.ledger.change({ runId: 0 }, () => undefined);

describe('a call that is to be transferred', () => {
  it('is told to the carrier when its stream has ended, once, with everything that it needs', async () => {
    const { run, leave } = await talking();
    const result = await transfer(run, { announce: 'A caller.', timeoutSeconds: 20 });
    expect(result).toMatchObject({ kind: 'begun', run: { transferState: 'asked' } });
    await settled();
    expect(kinds()).toEqual([]);
    await leave();
    await until(() => kinds().length > 0);
    expect(bench.carrier.redirected).toMatchObject([
      [
        CALL,
        {
          kind: 'transfer',
          transfer: 1,
          to: PERSON,
          from: '+15005550006',
          timeoutSeconds: 20,
          announce: 'A caller.',
          urls: { events: expect.stringContaining(`/${run.runId}?transfer=1`) },
        },
      ],
    ]);
    expect(await bench.reread(run)).toMatchObject({ transferState: 'told', streamState: 'over' });
    expect(await pushStream(bench).push(run.runId, 1)).toBe(false);
    expect(kinds()).toEqual(['transfer']);
  });

  it('has no stream, and is neither hung up nor given one, however long it takes', async () => {
    const { run, leave } = await talking();
    await transfer(run);
    await leave();
    await told(run, { step: 'ringing' });
    bench.carrier.onLookUp = (callId) => ({ kind: 'found', call: carrierCall({ callId }) });
    for (const step of ['ringing', 'answered'] as const) {
      await told(run, { step });
      for (let look = 0; look < 3; look += 1) {
        bench.clock.advance(60_000);
        await bench.reconciler.lookOnce();
        await survivor().lookOnce();
      }
    }
    await settled();
    expect(await bench.reread(run)).toMatchObject({
      hangupReason: null,
      transferState: 'answered',
    });
    expect([kinds(), bench.carrier.ended]).toEqual([['transfer'], []]);
    expect(bench.carrier.lookedUp.length).toBeGreaterThan(3);
    await told(run, { step: 'over' });
    expect(await bench.reread(run)).toMatchObject({
      hangupReason: 'transferred',
      transferState: null,
    });
  });

  it('comes back with what the agent knew, and with why, when the person is not reached', async () => {
    const { run, leave, ledger } = await talking({
      transferTargets: [{ name: 'Sales', to: PERSON }],
    });
    await transfer(run, { to: 'Sales' });
    await leave();
    await told(run, { failure: 'busy', sipCode: 486 });
    expect(await bench.reread(run)).toMatchObject({ streamState: 'moving', transferState: null });
    const back = await ledger.begin(run.runId, 'MZ2', { kind: 'claimed', seen: 1 });
    expect(back).toMatchObject({
      kind: 'begun',
      arrival: {
        reason: 'moved',
        handover: { state: { step: 1 } },
        failedTransfer: { target: 'Sales', reason: 'busy' },
      },
    });
    // A stream after that one comes back from nowhere.
    if (back.kind !== 'begun') throw new Error(back.reason);
    await ledger.close(back.run, streamSummary('lost', 'MZ2'));
    const third = await ledger.begin(run.runId, 'MZ3', { kind: 'claimed', seen: 2 });
    expect(third).toMatchObject({ arrival: { failedTransfer: null } });
  });

  it('is given another stream by us where the carrier does not ask', async () => {
    const { run, leave } = await talking();
    await transfer(run);
    await leave();
    await until(() => kinds().length === 1);
    await told(run, { failure: 'no_answer' });
    const one = survivor();
    await one.lookOnce();
    bench.clock.advance(701);
    await survivor().lookOnce();
    await until(() => kinds().length === 2);
    expect(kinds()).toEqual(['transfer', 'stream']);
  });

  it('comes back where the carrier cannot be told', async () => {
    bench.carrier.onRedirect = () => ({ kind: 'failed', message: 'no', retryable: false });
    const { run, leave } = await talking();
    await transfer(run);
    await leave();
    await until(async () => (await story(run)).length === 2);
    expect(await story(run)).toEqual(['started', 'failed unreachable']);
    expect(await bench.reread(run)).toMatchObject({ streamState: 'moving', hangupReason: null });
  });

  it('is not told of a person whose call belongs to another transfer', async () => {
    const { run, leave, ledger } = await talking();
    await transfer(run);
    await leave();
    await told(run, { failure: 'busy' });
    await ledger.begin(run.runId, 'MZ2', { kind: 'claimed', seen: 1 });
    const again = await transfer(await bench.reread(run));
    expect(again).toMatchObject({ kind: 'begun', run: { otherIds: {} } });
    // Late news of the first one, by its number and by its call.
    expect(await told(run, { step: 'answered' })).toBe(false);
    const other = `CA${'0f'.repeat(16)}`;
    expect(await told(run, { transfer: 2, leg: other, step: 'answered' })).toBe(true);
    expect(await told(run, { transfer: null, failure: 'busy' })).toBe(false);
    expect(await story(run)).toEqual(['started', 'failed busy', 'started', 'answered']);
  });
});

describe('a process that dies while a call is transferred', () => {
  it('before its stream had ended: another one tells the carrier', async () => {
    const { run } = await talking();
    await transfer(run);
    const one = survivor();
    await one.lookOnce();
    expect(await bench.reread(run)).toMatchObject({ transferState: 'asked', streamState: 'lost' });
    await until(() => kinds().length > 0);
    await settled();
    expect(kinds()).toEqual(['transfer']);
    expect(await story(run)).toEqual(['started']);
  });

  it('when it was about to tell the carrier: it is told after a while, if it has not begun', async () => {
    const { run, leave } = await talking();
    bench.carrier.onRedirect = () => ({ kind: 'accepted' });
    await transfer(run);
    await leave();
    await until(() => kinds().length === 1);
    bench.carrier.onLookUp = (callId) => ({ kind: 'found', call: carrierCall({ callId }) });
    // The process that would tell the carrier at once is gone.
    atOnce.onApplicationShutdown();
    bench.clock.advance(15_000);
    await bench.reconciler.lookOnce();
    expect(await bench.reread(run)).toMatchObject({ transferState: 'asked', hangupReason: null });
    bench.clock.advance(701);
    await survivor().lookOnce();
    await until(() => kinds().length === 2);
    // Once it has begun, it is not told again.
    await told(run, { step: 'ringing' });
    bench.clock.advance(60_000);
    await bench.reconciler.lookOnce();
    expect(await bench.reread(run)).toMatchObject({ transferState: 'told' });
    expect(kinds()).toEqual(['transfer', 'transfer']);
  });
});

describe('a carrier that asks, and does not tell that the person’s phone rings', () => {
  it('is not told again before that phone has rung its time', async () => {
    const { run, leave } = await talking();
    bench.carrier.onRedirect = () => ({ kind: 'accepted' });
    bench.carrier.onLookUp = (callId) => ({ kind: 'found', call: carrierCall({ callId }) });
    await transfer(run);
    await leave();
    await until(() => kinds().length === 1);
    await bench.ledger.change({ runId: run.runId }, (draft) => draft && markTold(draft, 30_000));
    bench.clock.advance(44_999);
    await bench.reconciler.lookOnce();
    expect(await bench.reread(run)).toMatchObject({ transferState: 'told', hangupReason: null });
    expect(kinds()).toEqual(['transfer']);
    // It would tell the carrier at once, and the state would last a moment only.
    atOnce.onApplicationShutdown();
    bench.clock.advance(1);
    await bench.reconciler.lookOnce();
    expect(await bench.reread(run)).toMatchObject({ transferState: 'asked', hangupReason: null });
  });
});

describe('a carrier with a feed', () => {
  it('is told by the instance that reads it, and the caller is given back where none does', async () => {
    const carrier = new FakeCarrier(true, 1_000, { resumes: 'rest', redirects: false });
    const performed: string[] = [];
    const perform = ({ kind }: { kind: string }) => {
      performed.push(kind);
      return Promise.resolve({ kind: 'done' as const });
    };
    Object.assign(carrier, { ingress: { transport: 'feed', perform } });
    atOnce.onApplicationShutdown();
    await begin(carrier);
    const { run, leave } = await talking();
    await transfer(run);
    await leave();
    await settled();
    expect([performed, (await bench.reread(run)).transferState]).toEqual([[], 'asked']);
    bench.carrier.onLookUp = () => ({ kind: 'alive' });
    bench.clock.advance(60_000);
    await bench.reconciler.lookOnce();
    await until(() => performed.length > 0);
    expect(performed).toEqual(['stream']);
    expect(await story(run)).toEqual(['started', 'failed unreachable']);
    bench.feeds.set(carrier.key, true);
    const { run: second, leave: leaveSecond } = await talking({
      providerCallId: `CA${'0c'.repeat(16)}`,
    });
    await transfer(second);
    await leaveSecond();
    await until(() => performed.length > 1);
    expect(performed).toEqual(['stream', 'transfer']);
  });
});

describe('a transfer is refused', () => {
  it.each<[string, Partial<TransferWish>, string]>([
    ['to an emergency number', { to: '+19110000' }, 'to'],
    ['from a number that is not ours', { from: '+12025550188' }, 'from'],
    ['with a sound, where the carrier says texts', { announce: { sound: 'a' } }, 'announce'],
    ['with too long a text', { announce: 'x'.repeat(501) }, 'announce'],
  ])('%s', async (_what, wish, field) => {
    const { run } = await talking();
    expect(await transfer(run, wish)).toMatchObject({ kind: 'invalid', field });
    expect(await story(run)).toEqual([]);
  });

  it('with a sound where the carrier has none, unless nothing may be said instead', async () => {
    const { run } = await talking();
    const wish = { announce: { sound: 'a' }, orSilently: true };
    expect(await transfer(run, wish)).toMatchObject({ kind: 'begun' });
    const event = (await bench.events(run)).find(({ type }) => type === 'transfer');
    expect(event?.detail).toMatchObject({ announced: false });
  });

  it.each<[string, (run: CallRun, leave: () => Promise<void>) => Promise<unknown>]>([
    ['one is under way', (run) => transfer(run)],
    ['it is hung up', (run) => bench.control.hangUp(run.runId, 'api_hangup')],
    ['it has no stream', (_run, leave) => leave()],
  ])('of a call while %s', async (_what, before) => {
    const { run, leave } = await talking();
    await before(run, leave);
    expect(await transfer(run)).toMatchObject({ kind: 'impossible' });
  });

  it('where the carrier cannot', async () => {
    atOnce.onApplicationShutdown();
    await begin(new FakeCarrier(true, 1_000, { transfers: [] }));
    const { run } = await talking();
    expect(await transfer(run)).toMatchObject({ kind: 'impossible' });
  });
});
