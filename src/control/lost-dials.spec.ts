import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, NOW, type ControlBench } from '../../test/support/control-bench.js';
import {
  CALL,
  carrierCall,
  OTHER_ACCOUNT,
  OTHER_CALL,
  OUR_ACCOUNT,
} from '../../test/support/fake-carrier.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { CarrierCall } from '../providers/calls-port.js';

const LOOK_AGAIN_MS = 5_000;
/** A time after the phone would have stopped ringing (60 s) and a minute for the carrier's list. */
const BELIEVED_MS = 120_000;

let store: TestStore;
let bench: ControlBench;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
});
afterEach(() => store.remove());

/** A run that was dialled now, whose call is still unknown. */
async function dialled(status: 'queued' | 'submission-unknown' = 'submission-unknown') {
  const run = await bench.run();
  const changed = await bench.change(run, { dialledAt: bench.clock.now() });
  if (status === 'queued') return changed;
  return bench.ledger.change({ runId: run.runId }, (draft) => {
    draft?.record(statusCallback('submission-unknown', null, { source: 'api' }));
    return draft?.run ?? changed;
  });
}

/** Attends to the run this long after the dial, with these calls at the carrier. */
async function attendAfter(run: CallRun, milliseconds: number, ...calls: CarrierCall[]) {
  bench.clock.time = new Date(NOW.getTime() + milliseconds);
  bench.carrier.onSearch = () => ({ kind: 'found', calls });
  await bench.lostDials.attend(run, bench.carrier);
  return bench.reread(run);
}

const lookedAtAgain = () => new Date(bench.clock.now().getTime() + LOOK_AGAIN_MS);
const createdAfter = (milliseconds: number) =>
  carrierCall({ createdAt: new Date(NOW.getTime() + milliseconds) });

describe('a run in our queue', () => {
  it('is left there while it may still be dialled', async () => {
    const run = await bench.run();
    bench.clock.advance(74_999);
    await bench.lostDials.attendQueued(run);
    expect(await bench.reread(run)).toMatchObject({ status: 'queued', checkAt: lookedAtAgain() });
  });

  it('fails when it was lost from the queue', async () => {
    const run = await bench.run();
    bench.clock.advance(75_000);
    await bench.lostDials.attendQueued(run);
    expect(await bench.reread(run)).toMatchObject({
      status: 'failed',
      endReason: 'queue_timeout',
    });
    expect(bench.carrier.searched).toEqual([]);
  });
});

describe('a run about which the dialler asks the carrier at the same moment', () => {
  it('does not fail as a run that was never dialled', async () => {
    const run = await bench.run();
    bench.clock.advance(75_000);
    await bench.change(run, { dialledAt: bench.clock.now() });
    await bench.lostDials.attendQueued(run);
    expect(await bench.reread(run)).toMatchObject({ status: 'queued', endReason: null });
  });

  it('does not become unknown because of the previous try', async () => {
    const run = await dialled('queued');
    bench.clock.advance(20_000);
    await bench.change(run, { dialledAt: bench.clock.now() });
    expect((await attendAfter(run, 20_000)).status).toBe('queued');
  });
});

describe('a dial whose request may be under way', () => {
  it('is left alone for 15 s', async () => {
    const run = await dialled('queued');
    const seen = await attendAfter(run, 14_999, createdAfter(0));
    expect(bench.carrier.searched).toEqual([]);
    expect(seen).toMatchObject({
      status: 'queued',
      providerCallId: null,
      checkAt: lookedAtAgain(),
    });
    await attendAfter(run, 15_000);
    expect(bench.carrier.searched).toHaveLength(1);
  });

  it('is looked up at once when its reply is known to be lost', async () => {
    const run = await dialled();
    await attendAfter(run, 1);
    expect(bench.carrier.searched).toEqual([
      { to: run.to, from: run.from, since: new Date(NOW.getTime() - 30_000) },
    ]);
  });
});

describe('a dial whose reply was lost', () => {
  it('adopts the only call that fits, and that call is looked up by its id next', async () => {
    const run = await dialled();
    const seen = await attendAfter(run, 1_000, createdAfter(60_000));
    expect(seen).toMatchObject({
      providerCallId: CALL,
      accountId: OUR_ACCOUNT,
      status: 'queued',
      checkAt: bench.clock.now(),
    });
    expect(bench.carrier.ended).toEqual([]);
  });

  it('is hung up as soon as its call is known, when a hang-up was requested', async () => {
    const run = await dialled();
    await bench.control.hangUp(run.runId, 'api_hangup');
    expect(bench.carrier.ended).toEqual([]);
    await attendAfter(run, 1_000, carrierCall());
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
  });

  it('is ended at the carrier where its run was given up while the carrier was asked', async () => {
    const run = await dialled();
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('failed', null, { source: 'api', providerStatus: null })),
    );
    expect(await attendAfter(run, 1_000, carrierCall())).toMatchObject({
      providerCallId: null,
      status: 'failed',
    });
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
  });

  it.each([
    ['came in', carrierCall({ direction: 'inbound' })],
    ['was made a minute later', createdAfter(60_001)],
    ['is of another account', carrierCall({ accountId: OTHER_ACCOUNT })],
  ])('does not take a call that %s', async (_, call) => {
    const run = await dialled();
    expect(await attendAfter(run, 1_000, call)).toMatchObject({
      providerCallId: null,
      status: 'submission-unknown',
      checkAt: lookedAtAgain(),
    });
  });

  it('does not take the call of another run', async () => {
    await bench.run({ providerCallId: CALL });
    const run = await dialled();
    expect((await attendAfter(run, 1_000, carrierCall())).providerCallId).toBeNull();
    const other = carrierCall({ callId: OTHER_CALL });
    expect((await attendAfter(run, 2_000, carrierCall(), other)).providerCallId).toBe(OTHER_CALL);
  });

  it('does not choose between two calls', async () => {
    const run = await dialled();
    const other = carrierCall({ callId: OTHER_CALL });
    const seen = await attendAfter(run, 1_000, carrierCall(), other);
    expect(seen).toMatchObject({ providerCallId: null, status: 'submission-unknown' });
    expect(await attendAfter(run, BELIEVED_MS, carrierCall(), other)).toMatchObject({
      status: 'failed',
      endReason: 'unknown',
    });
    const [end] = (await bench.events(run)).slice(-1);
    expect(end?.detail).toEqual({ carrier: 'knows several such calls' });
  });

  it('does not choose between two runs that wait for one call', async () => {
    const run = await dialled();
    const rival = await dialled();
    expect((await attendAfter(run, 1_000, carrierCall())).providerCallId).toBeNull();
    await bench.ledger.change({ runId: rival.runId }, (draft) =>
      draft?.record(statusCallback('failed', null)),
    );
    expect((await attendAfter(run, 2_000, carrierCall())).providerCallId).toBe(CALL);
  });

  it('does not compete for a call while its own phone cannot ring', async () => {
    const run = await dialled();
    await bench.change(await dialled(), { dialledAt: null });
    expect((await attendAfter(run, 1_000, carrierCall())).providerCallId).toBe(CALL);
  });

  it('fails only when the carrier’s list is reliable', async () => {
    const run = await dialled();
    expect(await attendAfter(run, BELIEVED_MS - 1)).toMatchObject({
      status: 'submission-unknown',
      checkAt: lookedAtAgain(),
    });
    expect(await attendAfter(run, BELIEVED_MS)).toMatchObject({
      status: 'failed',
      endReason: 'unknown',
    });
    const [end] = (await bench.events(run)).slice(-1);
    expect(end).toMatchObject({
      source: 'reconcile',
      providerStatus: null,
      detail: { carrier: 'knows no such call' },
    });
  });

  it('is looked up later while the carrier does not answer', async () => {
    const run = await dialled();
    bench.clock.advance(BELIEVED_MS);
    bench.carrier.onSearch = () => ({ kind: 'failed', message: 'HTTP 403' });
    await bench.lostDials.attend(run, bench.carrier);
    expect(await bench.reread(run)).toMatchObject({
      status: 'submission-unknown',
      checkAt: lookedAtAgain(),
    });
    expect(bench.lines).toMatchObject([
      { event: 'lost_dial.unanswered', workflow_run_id: run.runId },
    ]);
  });

  it('is reported as unknown, once, after a crash in the middle of the dial', async () => {
    const run = await dialled('queued');
    expect((await attendAfter(run, 15_000)).status).toBe('submission-unknown');
    await attendAfter(run, 20_000);
    const told = (await bench.events(run)).filter(({ status }) => status === 'submission-unknown');
    expect(told).toHaveLength(1);
  });
});

describe('when the first callback of a lost dial arrives at the same moment', () => {
  /** The callback arrives while the carrier is being asked. */
  async function meanwhile(status: 'ringing' | 'busy', afterMs: number, ...calls: CarrierCall[]) {
    const run = await dialled('queued');
    bench.clock.time = new Date(NOW.getTime() + afterMs);
    let named: Promise<unknown> = Promise.resolve();
    bench.carrier.onSearch = () => {
      named = bench.ledger.change({ runId: run.runId }, (draft) => {
        draft?.adoptCall({ call: OTHER_CALL }, OUR_ACCOUNT);
        draft?.record(statusCallback(status, 1));
      });
      return { kind: 'found', calls };
    };
    await bench.lostDials.attend(run, bench.carrier);
    await named;
    return bench.reread(run);
  }

  it('the run does not fail', async () => {
    expect(await meanwhile('ringing', BELIEVED_MS)).toMatchObject({
      status: 'ringing',
      providerCallId: OTHER_CALL,
    });
  });

  it('its dial does not become unknown', async () => {
    const run = await meanwhile('ringing', 20_000);
    expect((await bench.events(run)).map(({ status }) => status)).toEqual(['ringing']);
  });

  it('a dial that turns out to have failed has failed once', async () => {
    const run = await dialled('queued');
    bench.carrier.onSearch = () => {
      void bench.ledger.change({ runId: run.runId }, (draft) =>
        draft?.record(statusCallback('failed', null, { source: 'api', providerStatus: null })),
      );
      return { kind: 'found', calls: [] };
    };
    bench.clock.advance(BELIEVED_MS);
    await bench.lostDials.attend(run, bench.carrier);
    expect(await bench.events(run)).toMatchObject([{ source: 'api', status: 'failed' }]);
  });

  it('a call that is over stays over', async () => {
    for (const [afterMs, calls] of [
      [BELIEVED_MS, []],
      [20_000, []],
      [20_000, [carrierCall()]],
    ] as Array<[number, CarrierCall[]]>) {
      await store.remove();
      store = await sqliteStores.create();
      bench = await controlBench(store.database);
      const run = await meanwhile('busy', afterMs, ...calls);
      expect(run).toMatchObject({ status: 'busy', providerCallId: OTHER_CALL, checkAt: null });
      expect(await bench.events(run)).toHaveLength(1);
    }
  });
});
