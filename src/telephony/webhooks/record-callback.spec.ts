import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import {
  CALL,
  OTHER_ACCOUNT,
  OTHER_CALL,
  OUR_ACCOUNT,
} from '../../../test/support/fake-carrier.js';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { statusCallback } from '../../../test/support/ledger-builders.js';
import { readForm } from '../../../test/support/read-form.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { dialEvent } from '../../control/dial-events.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { NoTracer } from '../../shared/tracing/tracer.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { RecordCallback } from './record-callback.js';

let store: TestStore;
let bench: ControlBench;
let callbacks: RecordCallback;
let cluster: FakeCluster;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
  cluster = new FakeCluster();
  callbacks = new RecordCallback(
    bench.ledger,
    bench.control,
    cluster,
    bench.metrics,
    new NoTracer(),
    bench.log,
  );
});
afterEach(() => store.remove());

async function tell(runId: number | null, fields: Record<string, string>): Promise<void> {
  const form = Object.entries({
    CallSid: CALL,
    AccountSid: OUR_ACCOUNT,
    CallStatus: 'ringing',
    ...fields,
  });
  const told = readForm(bench.carrier, 'events', form);
  return callbacks.record(bench.carrier, told, runId);
}

/** The refusal of the request; fails when it is not refused. */
async function refusal(work: Promise<void>): Promise<[number, string]> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CarrierRefusal)) throw new Error('not refused', { cause: error });
  return [error.httpStatus, error.reason];
}

/** Waits for the work that the carrier's reply does not wait for. */
async function settled(run: CallRun): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await bench.ledger.change({ runId: run.runId }, () => undefined);
  }
}

describe('a callback', () => {
  it('sets the call of its run and moves the run on', async () => {
    const run = await bench.run();
    await tell(run.runId, { SequenceNumber: '1' });
    expect(await bench.reread(run)).toMatchObject({
      status: 'ringing',
      providerCallId: CALL,
      accountId: OUR_ACCOUNT,
    });
    await tell(run.runId, { SequenceNumber: '1' });
    expect((await bench.events(run)).map(({ outcome }) => outcome)).toEqual([
      'applied',
      'duplicate',
    ]);
    expect(bench.metrics.callbacks.counted()).toEqual(
      expect.arrayContaining([
        { labels: { status: 'ringing', outcome: 'applied' }, count: 1 },
        { labels: { status: 'ringing', outcome: 'duplicate' }, count: 1 },
      ]),
    );
  });

  it('is not taken while the other instances may believe that we are gone: it is told again', async () => {
    const run = await bench.run();
    cluster.fenced = true;
    await expect(tell(run.runId, {})).rejects.toThrow(StoreUnavailableError);
    expect(await bench.events(run)).toEqual([]);
    cluster.fenced = false;
    await tell(run.runId, {});
    expect(await bench.events(run)).toHaveLength(1);
  });

  it('without a run in its URL finds the run by the call', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    await tell(null, { CallStatus: 'completed' });
    expect((await bench.reread(run)).status).toBe('completed');
    expect(await refusal(tell(null, { CallSid: OTHER_CALL }))).toEqual([404, 'run-unknown']);
  });

  it.each<[string, Record<string, string>, [number, string]]>([
    ['call', { CallSid: OTHER_CALL }, [409, 'call-id-mismatch']],
    ['account', { AccountSid: OTHER_ACCOUNT }, [409, 'account-mismatch']],
  ])('of another %s changes nothing', async (_, fields, refused) => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    expect(await refusal(tell(run.runId, fields))).toEqual(refused);
    expect(await bench.events(run)).toEqual([]);
  });

  it('of a subaccount does not name a call either', async () => {
    const run = await bench.run();
    expect(await refusal(tell(run.runId, { AccountSid: OTHER_ACCOUNT }))).toEqual([
      409,
      'account-mismatch',
    ]);
    expect((await bench.reread(run)).providerCallId).toBeNull();
  });

  it('of a call that its account did not take, so that another one has it, has that call ended', async () => {
    const run = await bench.run({ accountKey: 'second' });
    await bench.ledger.change({ runId: run.runId }, (draft) => {
      const refused = { kind: 'rejected', blame: 'account', code: '1', message: '' } as const;
      draft?.record(dialEvent(bench.carrier.key, { ...refused, httpStatus: 401 }));
    });
    expect(await refusal(tell(run.runId, {}))).toEqual([404, 'run-unknown']);
    await settled(run);
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
    expect(await bench.reread(run)).toMatchObject({ status: 'queued', providerCallId: null });
    expect(await refusal(tell(run.runId, { CallStatus: 'failed' }))).toEqual([404, 'run-unknown']);
    await settled(run);
    expect(bench.carrier.ended).toHaveLength(1);
  });

  it('for no run, or another carrier’s, is refused', async () => {
    const run = await bench.run({ provider: 'another', accountKey: 'another' });
    expect(await refusal(tell(run.runId, {}))).toEqual([404, 'run-unknown']);
    expect(await refusal(tell(4_711, {}))).toEqual([404, 'run-unknown']);
  });

  it('with the call of another run is refused', async () => {
    await bench.dialledRun({ providerCallId: CALL });
    const run = await bench.run();
    expect(await refusal(tell(run.runId, {}))).toEqual([409, 'call-id-mismatch']);
  });

  it('with an invalid call id is refused', async () => {
    const run = await bench.run();
    expect(await refusal(tell(run.runId, { CallSid: 'x' }))).toEqual([400, 'malformed']);
  });
});

describe('a hang-up that waits for the carrier’s id', () => {
  it('is carried out as soon as a callback names the call, once', async () => {
    const run = await bench.run();
    await bench.control.hangUp(run.runId, 'api_hangup');
    await tell(run.runId, {});
    await settled(run);
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
    await tell(run.runId, { CallStatus: 'in-progress' });
    await settled(run);
    expect(bench.carrier.ended).toHaveLength(1);
  });

  it('does not delay the carrier’s reply when it fails', async () => {
    const run = await bench.run();
    await bench.control.hangUp(run.runId, 'api_hangup');
    bench.carrier.onEnd = () => Promise.reject(new Error('an adapter that throws'));
    await tell(run.runId, {});
    await settled(run);
    expect(bench.lines).toMatchObject([{ event: 'hangup.postponed', workflow_run_id: run.runId }]);
  });

  it('is not requested without a reason', async () => {
    const run = await bench.run();
    await tell(run.runId, {});
    await settled(run);
    expect(bench.carrier.ended).toEqual([]);
  });
});

describe('a callback for a run that is over', () => {
  const end = (run: CallRun, fields: Parameters<typeof statusCallback>[2]) =>
    bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('failed', null, { providerStatus: null, ...fields })),
    );

  it.each(['unknown', 'queue_timeout', 'provider_rejected', 'failed'] as const)(
    'given up here (%s) ends its call',
    async (endReason) => {
      const run = await bench.run();
      await end(run, { source: 'api', endReason });
      await tell(run.runId, {});
      await settled(run);
      expect(bench.carrier.ended).toEqual([[CALL, true]]);
      expect(await bench.reread(run)).toMatchObject({ status: 'failed', providerCallId: CALL });
    },
  );

  it('given up although a hang-up had been requested ends its call too', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    await bench.control.hangUp(run.runId, 'api_hangup');
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(
        statusCallback('completed', null, {
          source: 'reconcile',
          providerStatus: null,
          endReason: 'unknown',
        }),
      ),
    );
    expect((await bench.reread(run)).endReason).toBe('api_hangup');
    await tell(run.runId, { CallStatus: 'in-progress' });
    await settled(run);
    expect(bench.carrier.ended).toHaveLength(2);
  });

  it('that reports its true end is believed, and ends nothing', async () => {
    const run = await bench.run();
    await end(run, { source: 'reconcile', endReason: 'unknown' });
    await tell(run.runId, { CallStatus: 'completed', CallDuration: '7' });
    await settled(run);
    expect(await bench.reread(run)).toMatchObject({ status: 'completed', durationSeconds: 7 });
    expect(bench.carrier.ended).toEqual([]);
  });

  it('which ended as the carrier said ends nothing', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    await tell(run.runId, { CallStatus: 'busy' });
    await tell(run.runId, { CallStatus: 'ringing' });
    await settled(run);
    expect(bench.carrier.ended).toEqual([]);
  });
});
