import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../test/support/control-bench.js';
import { CALL, FakeCarrier, OTHER_ACCOUNT } from '../../test/support/fake-carrier.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { callNamed } from '../calls/ledger/call-ids.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { CallStatus } from '../calls/ledger/call-status.js';

let store: TestStore;
let bench: ControlBench;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
});
afterEach(() => store.remove());

const tell = (run: CallRun, status: CallStatus, ours = false) =>
  bench.ledger.change({ runId: run.runId }, (draft) =>
    draft?.record(statusCallback(status, null, ours ? { providerStatus: null } : {})),
  );
const later = (milliseconds: number) => new Date(bench.clock.now().getTime() + milliseconds);

describe('hanging up', () => {
  it('asks the carrier once and gives its callback ten seconds', async () => {
    const run = await bench.dialledRun();
    const asked = await bench.control.hangUp(run.runId, 'api_hangup');
    expect(asked).toMatchObject({
      hangupReason: 'api_hangup',
      hangupAcceptedAt: bench.clock.now(),
      checkAt: later(10_000),
      status: 'queued',
    });
    await bench.control.hangUp(run.runId, 'agent_hangup');
    expect(bench.carrier.ended).toEqual([[run.providerCallId, true]]);
    expect((await bench.reread(run)).hangupReason).toBe('api_hangup');
    expect(bench.metrics.hangUps.counted()).toEqual([
      { labels: { provider: 'twilio', result: 'accepted' }, count: 1 },
    ]);
  });

  it.each<[CallStatus, boolean]>([
    ['initiated', true],
    ['ringing', true],
    ['answered', false],
  ])('of one that is %s: ringing %p', async (status, ringing) => {
    const run = await bench.dialledRun();
    await tell(run, status);
    await bench.control.hangUp(run.runId, 'api_hangup');
    expect(bench.carrier.ended).toEqual([[run.providerCallId, ringing]]);
  });

  it('is not accepted when the carrier refuses or misses it, and is requested again after two seconds', async () => {
    const run = await bench.dialledRun();
    bench.carrier.onEnd = () => ({ kind: 'failed', message: 'HTTP 403', retryable: true });
    const asked = await bench.control.hangUp(run.runId, 'api_hangup');
    expect(asked).toMatchObject({ hangupAcceptedAt: null, checkAt: later(2_000) });
    expect(bench.lines).toMatchObject([
      { event: 'hangup.failed', workflow_run_id: run.runId, reason: 'HTTP 403' },
    ]);
    bench.carrier.onEnd = () => ({ kind: 'accepted' });
    await bench.control.hangUp(run.runId, 'api_hangup');
    expect(bench.carrier.ended).toHaveLength(2);
  });

  it('is due again in two seconds where its process dies before the carrier has answered', async () => {
    const run = await bench.dialledRun();
    const due: Array<Date | null> = [];
    bench.carrier.onEnd = async () => {
      due.push((await bench.reread(run)).checkAt);
      return { kind: 'accepted' };
    };
    await bench.control.hangUp(run.runId, 'api_hangup');
    expect(due).toEqual([later(2_000)]);
  });

  it('leads to an immediate look-up when the carrier says that the call is over', async () => {
    const run = await bench.dialledRun();
    bench.carrier.onEnd = () => ({ kind: 'already-ended' });
    expect(await bench.control.hangUp(run.runId, 'api_hangup')).toMatchObject({
      hangupAcceptedAt: bench.clock.now(),
      checkAt: bench.clock.now(),
    });
  });

  it('waits for the carrier’s id and is carried out once the id is known', async () => {
    const run = await bench.run();
    const asked = await bench.control.hangUp(run.runId, 'api_hangup');
    expect(bench.carrier.ended).toEqual([]);
    expect(asked).toMatchObject({ hangupReason: 'api_hangup', hangupAcceptedAt: null });
    const named = await bench.change(run, { providerCallId: CALL });
    await bench.control.carryOut(named);
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
  });

  it('does nothing for a call that nobody wants to end, or that is over', async () => {
    const run = await bench.dialledRun();
    expect(await bench.control.carryOut(run)).toBe(run);
    await tell(run, 'busy');
    expect(await bench.control.hangUp(run.runId, 'api_hangup')).toMatchObject({
      status: 'busy',
      hangupReason: null,
    });
    expect(bench.carrier.ended).toEqual([]);
  });

  it('returns null when there is no such run', async () => {
    expect(await bench.control.hangUp(4_711, 'api_hangup')).toBeNull();
  });

  it('leaves a call that ended in the meantime as it is', async () => {
    const run = await bench.dialledRun();
    bench.carrier.onEnd = async () => {
      await tell(run, 'completed');
      return { kind: 'failed', message: 'lost', retryable: true };
    };
    expect(await bench.control.hangUp(run.runId, 'api_hangup')).toMatchObject({
      status: 'completed',
      checkAt: null,
      hangupAcceptedAt: null,
    });
  });

  it('is never requested under another account', async () => {
    const foreign = await bench.dialledRun({ accountId: OTHER_ACCOUNT });
    await bench.control.hangUp(foreign.runId, 'api_hangup');
    const unknown = await bench.dialledRun({ provider: 'another', accountKey: 'another' });
    await bench.control.hangUp(unknown.runId, 'api_hangup');
    expect(bench.carrier.ended).toEqual([]);
    expect(await bench.reread(foreign)).toMatchObject({
      hangupReason: 'api_hangup',
      hangupAcceptedAt: null,
    });
  });

  it('is not requested from a carrier that is not configured', async () => {
    const unconfigured = await controlBench(store.database, new FakeCarrier(false));
    const run = await unconfigured.dialledRun({ accountId: '' });
    await unconfigured.control.hangUp(run.runId, 'api_hangup');
    expect(unconfigured.carrier.ended).toEqual([]);
  });
});

describe('a call that shows that it is alive', () => {
  it.each<CallStatus>(['failed', 'canceled', 'completed'])(
    'is ended when only we had said that it %s',
    async (status) => {
      const run = await bench.dialledRun();
      await tell(run, status, true);
      await bench.control.endIfStray(run.runId, callNamed(CALL));
      expect(bench.carrier.ended).toEqual([[CALL, true]]);
      expect(bench.lines).toMatchObject([
        { event: 'call.stray', workflow_run_id: run.runId, result: 'accepted' },
      ]);
    },
  );

  it('is left alone while its run lives, or when the carrier had reported its end', async () => {
    const run = await bench.dialledRun();
    await bench.control.endIfStray(run.runId, callNamed(CALL));
    await tell(run, 'busy');
    await bench.control.endIfStray(run.runId, callNamed(CALL));
    await bench.control.endIfStray(4_711, callNamed(CALL));
    expect(bench.carrier.ended).toEqual([]);
  });

  it('is only logged when it belongs to another account', async () => {
    const run = await bench.dialledRun({ accountId: OTHER_ACCOUNT });
    await tell(run, 'failed', true);
    await bench.control.endIfStray(run.runId, callNamed(CALL));
    expect(bench.carrier.ended).toEqual([]);
    expect(bench.lines).toMatchObject([{ event: 'call.stray', result: 'not-configured' }]);
  });

  it('throws nothing, whatever fails', async () => {
    const run = await bench.dialledRun();
    await tell(run, 'failed', true);
    bench.carrier.onEnd = () => Promise.reject(new Error('an adapter that throws'));
    await bench.control.endIfStray(run.runId, callNamed(CALL));
    expect(bench.lines).toMatchObject([
      { event: 'call.stray_not_ended', workflow_run_id: run.runId },
    ]);
  });
});
