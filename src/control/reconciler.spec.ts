import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Member } from '../cluster/cluster.js';
import {
  AFTER_MS,
  controlBench,
  INTERVAL_MS,
  NOW,
  type ControlBench,
} from '../../test/support/control-bench.js';
import { carrierCall, FakeCarrier, OTHER_ACCOUNT } from '../../test/support/fake-carrier.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { callEvent, type CallEventDraft } from '../calls/ledger/call-event.js';
import type { CallRun, NewRun } from '../calls/ledger/call-run.js';
import type { CarrierCall } from '../providers/calls-port.js';

let store: TestStore;
let bench: ControlBench;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
});
afterEach(() => store.remove());

const later = (milliseconds: number) => new Date(bench.clock.now().getTime() + milliseconds);
const tell = (run: CallRun, ...drafts: CallEventDraft[]) =>
  bench.ledger.change({ runId: run.runId }, (draft) => {
    for (const told of drafts) draft?.record(told);
    if (!draft) throw new Error('no such run');
    return draft.run;
  });
const stream = (state: 'started' | 'ended') =>
  callEvent({ type: 'stream', source: 'media', detail: { stream: state } });
const found = (fields: Partial<CarrierCall> = {}) => {
  bench.carrier.onLookUp = (callId) => ({
    kind: 'found',
    call: carrierCall({ callId, ...fields }),
  });
};

/** A call that was answered at noon and has been silent since; it is due now. */
async function silentCall(fields: Partial<NewRun> = {}): Promise<CallRun> {
  bench.clock.time = NOW;
  const run = await bench.dialledRun(fields);
  const answered = await tell(run, statusCallback('answered', 2));
  bench.clock.advance(AFTER_MS);
  return answered;
}

async function look(run: CallRun): Promise<CallRun> {
  await bench.reconciler.lookOnce();
  return bench.reread(run);
}

describe('a call that was silent for too long', () => {
  it('is looked up, and not earlier', async () => {
    const run = await silentCall();
    found();
    bench.clock.advance(-1);
    await look(run);
    expect(bench.carrier.lookedUp).toEqual([]);
    bench.clock.advance(1);
    expect((await look(run)).checkAt).toEqual(later(INTERVAL_MS));
    expect(bench.carrier.lookedUp).toEqual([run.providerCallId]);
  });

  it('ends as the carrier reports', async () => {
    const run = await silentCall();
    const endedAt = later(-5_000);
    found({
      status: 'completed',
      providerStatus: 'completed',
      startedAt: NOW,
      endedAt,
      durationSeconds: 55,
      answeredBy: 'human',
      price: '-0.01',
      priceUnit: 'USD',
    });
    expect(await look(run)).toMatchObject({
      status: 'completed',
      endReason: 'caller_hangup',
      endedAt,
      durationSeconds: 55,
      answeredBy: 'human',
      checkAt: null,
    });
    expect((await bench.events(run)).at(-1)).toMatchObject({
      source: 'reconcile',
      providerStatus: 'completed',
      detail: { price: '-0.01', price_unit: 'USD' },
    });
    expect(bench.carrier.ended).toEqual([]);
  });

  it('moves on to the status that the carrier reports, at the time it reports', async () => {
    const run = await bench.dialledRun();
    bench.clock.advance(AFTER_MS);
    found({ startedAt: NOW });
    expect(await look(run)).toMatchObject({ status: 'answered', answeredAt: NOW });
    expect((await bench.events(run)).at(-1)?.detail).toEqual({});
  });

  it('records nothing new when the carrier knows no more than we do', async () => {
    const run = await silentCall();
    found({ status: 'answered' });
    await look(run);
    found({ status: 'ringing' });
    bench.clock.advance(INTERVAL_MS);
    await look(run);
    expect(await bench.events(run)).toHaveLength(1);
    expect(bench.carrier.lookedUp).toHaveLength(2);
  });

  it('is looked up again later when the carrier does not answer', async () => {
    const run = await silentCall();
    bench.carrier.onLookUp = () => ({ kind: 'failed', message: 'HTTP 404, no answer' });
    expect(await look(run)).toMatchObject({ status: 'answered', checkAt: later(INTERVAL_MS) });
    expect(bench.lines).toMatchObject([
      { event: 'reconcile.unanswered', workflow_run_id: run.runId },
    ]);
  });

  it('is not looked up while its stream carries audio', async () => {
    const run = await silentCall();
    bench.hear(run, AFTER_MS - 10_000);
    expect((await look(run)).checkAt).toEqual(later(INTERVAL_MS));
    expect(bench.carrier.lookedUp).toEqual([]);
    bench.hear(run, AFTER_MS);
    bench.clock.advance(INTERVAL_MS);
    await look(run);
    expect(bench.carrier.lookedUp).toHaveLength(1);
  });

  it('is not looked up while a living instance has its stream', async () => {
    const run = await silentCall();
    await bench.change(run, { streamState: 'live', streamInstance: 'elsewhere' });
    bench.members.push({ id: 'elsewhere', name: 'api-2' } as Member);
    expect((await look(run)).checkAt).toEqual(later(INTERVAL_MS));
    expect(bench.carrier.lookedUp).toEqual([]);
    bench.members.pop();
    bench.clock.advance(INTERVAL_MS);
    await look(run);
    expect(bench.carrier.lookedUp).toHaveLength(1);
  });
});

describe('a call that the carrier does not know', () => {
  it('ends with an unknown reason', async () => {
    const answered = await silentCall();
    expect(await look(answered)).toMatchObject({ status: 'completed', endReason: 'unknown' });
    const ringing = await bench.dialledRun();
    bench.clock.advance(AFTER_MS);
    expect(await look(ringing)).toMatchObject({ status: 'failed', endReason: 'unknown' });
    expect((await bench.events(ringing)).at(-1)).toMatchObject({
      providerStatus: null,
      detail: { carrier: 'does not know this call' },
    });
  });

  it('lives on while its stream carries audio', async () => {
    const run = await silentCall();
    await bench.control.hangUp(run.runId, 'api_hangup');
    bench.hear(run);
    for (let round = 1; round <= 3; round += 1) {
      bench.clock.advance(INTERVAL_MS);
      expect(await look(run)).toMatchObject({ status: 'answered', checkAt: later(INTERVAL_MS) });
      // The hang-up is repeated, once a round.
      expect(bench.carrier.ended).toHaveLength(1 + round);
      expect(bench.carrier.lookedUp).toHaveLength(round);
    }
    expect(bench.lines.map(({ event }) => event)).toContain('reconcile.not_believed');
  });

  it('is not given up shortly after the dial', async () => {
    const run = await bench.dialledRun();
    await bench.change(run, { checkAt: bench.clock.now() });
    bench.clock.advance(9_999);
    expect(await look(run)).toMatchObject({ status: 'queued', checkAt: later(1) });
    bench.clock.advance(1);
    expect((await look(run)).status).toBe('failed');
  });

  it.each(['status-callback', 'answer'] as const)(
    'is not given up shortly after the carrier itself mentioned it (%s)',
    async (source) => {
      const run = await silentCall();
      await tell(run, statusCallback('answered', 3, { source }));
      await bench.change(run, { checkAt: bench.clock.now() });
      bench.clock.advance(9_999);
      expect(await look(run)).toMatchObject({ status: 'answered', checkAt: later(1) });
      bench.clock.advance(1);
      expect((await look(run)).status).toBe('completed');
    },
  );

  it('is hung up again in the meantime', async () => {
    const run = await bench.dialledRun();
    await bench.control.hangUp(run.runId, 'api_hangup');
    await bench.change(run, { checkAt: bench.clock.now() });
    expect(await look(run)).toMatchObject({ checkAt: later(10_000), status: 'queued' });
    expect(bench.carrier.ended).toHaveLength(2);
  });

  it('is not given up either when it came in a moment ago', async () => {
    const run = await bench.run({ direction: 'inbound', providerCallId: 'CA1' });
    await bench.change(run, { checkAt: bench.clock.now() });
    expect((await look(run)).status).toBe('queued');
  });

  it('keeps an end that was reported in the meantime', async () => {
    const run = await silentCall();
    bench.carrier.onLookUp = async () => {
      await tell(run, statusCallback('completed', 3));
      return { kind: 'not-found' };
    };
    expect((await look(run)).endReason).toBe('caller_hangup');
    expect(await bench.events(run)).toHaveLength(2);
  });
});

describe('a hang-up', () => {
  it('is repeated when the carrier accepted it and did not carry it out', async () => {
    const run = await silentCall();
    await bench.control.hangUp(run.runId, 'api_hangup');
    expect(bench.carrier.ended).toHaveLength(1);
    found();
    bench.clock.advance(10_000);
    bench.hear(run);
    await look(run);
    expect(bench.carrier.ended).toEqual([
      [run.providerCallId, false],
      [run.providerCallId, false],
    ]);
  });

  it('is not repeated when the carrier confirms it', async () => {
    const run = await silentCall();
    await bench.control.hangUp(run.runId, 'api_hangup');
    found({ status: 'completed', providerStatus: 'completed' });
    bench.clock.advance(10_000);
    expect(await look(run)).toMatchObject({ status: 'completed', endReason: 'api_hangup' });
    expect(bench.carrier.ended).toHaveLength(1);
  });
});

describe('a stream that was lost', () => {
  it('ends its call when it did not come back', async () => {
    const run = await silentCall();
    await tell(run, stream('started'), stream('ended'));
    await bench.change(run, { checkAt: bench.clock.now() });
    found();
    expect(await look(run)).toMatchObject({ hangupReason: 'stream_lost', status: 'answered' });
    expect(bench.carrier.ended).toEqual([[run.providerCallId, false]]);
  });

  it.each([
    ['came back', [stream('started'), stream('ended'), stream('started')]],
    ['never was', []],
  ])('and %s ends nothing', async (_, events) => {
    const run = await silentCall();
    await tell(run, ...events);
    await bench.change(run, { checkAt: bench.clock.now() });
    found();
    expect((await look(run)).hangupReason).toBeNull();
  });

  it.each([
    ['just now', []],
    ['before, came back, and was lost again', [stream('ended')]],
  ])('%s, while the carrier was asked, has its time to come back', async (_, before) => {
    const run = await silentCall();
    await tell(run, stream('started'), ...before);
    await bench.change(run, { checkAt: bench.clock.now() });
    found();
    const answer = bench.carrier.onLookUp;
    const comesBackBy = later(20_000);
    bench.carrier.onLookUp = async (id) => {
      if (before.length > 0) await tell(run, stream('started'));
      await tell(run, stream('ended'));
      await bench.change(run, { checkAt: comesBackBy });
      return answer(id);
    };
    expect(await look(run)).toMatchObject({ hangupReason: null, checkAt: comesBackBy });
    expect(bench.carrier.lookedUp).toHaveLength(1);
  });

  it('ends nothing when another stream carries the call', async () => {
    const run = await silentCall();
    await tell(run, stream('ended'));
    await bench.change(run, { checkAt: bench.clock.now() });
    bench.hear(run, AFTER_MS);
    found();
    expect((await look(run)).hangupReason).toBeNull();
  });
});

describe('a call at its longest duration', () => {
  it('is hung up two seconds later, by our clock, not by the carrier’s', async () => {
    bench.clock.time = NOW;
    const run = await bench.dialledRun({ maxDurationSeconds: 30 });
    // The carrier's clock is an hour behind.
    await tell(run, statusCallback('answered', 2, { occurredAt: later(-3_600_000) }));
    await bench.change(run, { checkAt: bench.clock.now() });
    bench.hear(run);
    expect(await look(run)).toMatchObject({ hangupReason: null, checkAt: later(INTERVAL_MS) });
    bench.clock.advance(INTERVAL_MS);
    expect(await look(run)).toMatchObject({ hangupReason: null, checkAt: later(2_000) });
    bench.clock.advance(1_999);
    await look(run);
    expect(bench.carrier.ended).toEqual([]);
    bench.clock.advance(1);
    expect(await look(run)).toMatchObject({
      hangupReason: 'max_duration',
      checkAt: later(INTERVAL_MS),
    });
    expect(bench.carrier.ended).toEqual([[run.providerCallId, false]]);
    expect(bench.carrier.lookedUp).toEqual([]);
  });
});

describe('a call without an id', () => {
  it('waits in the queue until it is lost from there', async () => {
    const run = await bench.run();
    bench.clock.advance(75_000);
    expect((await look(run)).endReason).toBe('queue_timeout');
    expect(bench.carrier.searched).toEqual([]);
  });

  it('is searched for once it was dialled', async () => {
    const run = await bench.run();
    await bench.change(run, { dialledAt: NOW });
    bench.clock.advance(AFTER_MS);
    expect((await look(run)).status).toBe('submission-unknown');
    expect(bench.carrier.searched).toHaveLength(1);
    expect(bench.carrier.lookedUp).toEqual([]);
  });
});

describe('a call of another account', () => {
  it('is never looked up, and is given up when it is silent', async () => {
    const run = await silentCall({ accountId: OTHER_ACCOUNT });
    bench.hear(run);
    expect(await look(run)).toMatchObject({ status: 'answered', checkAt: later(INTERVAL_MS) });
    bench.hear(run, AFTER_MS);
    bench.clock.advance(INTERVAL_MS);
    expect(await look(run)).toMatchObject({ status: 'completed', endReason: 'unknown' });
    const lost = await bench.run({ accountId: OTHER_ACCOUNT });
    await bench.change(lost, { dialledAt: bench.clock.now() });
    bench.clock.advance(AFTER_MS);
    expect((await look(lost)).endReason).toBe('unknown');
    expect([bench.carrier.lookedUp, bench.carrier.searched]).toEqual([[], []]);
  });

  it('is given up after the longest possible call while no account is configured', async () => {
    bench = await controlBench(store.database, new FakeCarrier(false));
    const run = await silentCall({ ringTimeoutSeconds: 60, maxDurationSeconds: 600 });
    await bench.change(run, { hangupReason: 'api_hangup' });
    const longestMs = (60 + 600 + 120) * 1_000;
    expect(await look(run)).toMatchObject({ status: 'answered', checkAt: later(INTERVAL_MS) });
    bench.clock.time = new Date(NOW.getTime() + longestMs - 1);
    expect((await look(run)).status).toBe('answered');
    bench.clock.time = new Date(NOW.getTime() + longestMs - 1 + INTERVAL_MS);
    expect((await look(run)).status).toBe('completed');
    expect(bench.carrier.lookedUp).toEqual([]);
  });
});

describe('an adapter that throws', () => {
  it('is asked about that call once an interval, and the other calls are attended to', async () => {
    const bad = await silentCall();
    const good = await bench.dialledRun();
    bench.carrier.onLookUp = (callId) => {
      if (callId === bad.providerCallId) throw new Error('an adapter that throws');
      return { kind: 'found', call: carrierCall({ callId, status: 'ringing' }) };
    };
    bench.clock.advance(AFTER_MS);
    expect(await look(bad)).toMatchObject({ status: 'answered', checkAt: later(INTERVAL_MS) });
    expect((await bench.reread(good)).status).toBe('ringing');
    for (let round = 0; round < 5; round += 1) await bench.reconciler.lookOnce();
    const asked = () => bench.carrier.lookedUp.filter((callId) => callId === bad.providerCallId);
    expect(asked()).toHaveLength(1);
    expect(bench.lines).toMatchObject([
      { event: 'reconcile.failed', workflow_run_id: bad.runId, level: 'error' },
    ]);
    bench.clock.advance(INTERVAL_MS);
    await look(bad);
    expect(asked()).toHaveLength(2);
  });
});

describe('calls that can neither be attended to nor postponed', () => {
  it('leave room for the others and rest for an interval', async () => {
    const bad = [];
    for (let count = 0; count < 20; count += 1) bad.push(await bench.dialledRun());
    bench.clock.advance(1);
    const good = await bench.dialledRun();
    bench.clock.advance(AFTER_MS);
    bench.runs.postpone = () => Promise.reject(new Error('disk full'));
    bench.carrier.onLookUp = (callId) => {
      if (callId !== good.providerCallId) throw new Error('an adapter that throws');
      return { kind: 'found', call: carrierCall({ callId, status: 'ringing' }) };
    };
    await bench.reconciler.lookOnce();
    expect(bench.carrier.lookedUp).toHaveLength(bad.length);
    expect((await look(good)).status).toBe('ringing');
    expect(bench.carrier.lookedUp).toHaveLength(bad.length + 1);
  });
});

describe('the loop', () => {
  it('looks by itself and ends when the service does', async () => {
    const run = await silentCall();
    let asked: () => void = () => undefined;
    const once = new Promise<void>((tell_) => (asked = tell_));
    bench.carrier.onLookUp = () => {
      asked();
      return { kind: 'not-found' };
    };
    bench.reconciler.onApplicationBootstrap();
    await once;
    await bench.reconciler.beforeApplicationShutdown();
    expect((await bench.reread(run)).endReason).toBe('unknown');
  });

  it('leaves finished calls alone', async () => {
    const run = await silentCall();
    await tell(run, statusCallback('completed', 3));
    await bench.change(run, { checkAt: bench.clock.now() });
    expect((await look(run)).checkAt).toBeNull();
    expect(bench.carrier.lookedUp).toEqual([]);
  });
});
