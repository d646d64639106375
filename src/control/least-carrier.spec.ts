import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AFTER_MS,
  controlBench,
  NOW,
  type ControlBench,
} from '../../test/support/control-bench.js';
import { FakeCarrier } from '../../test/support/fake-carrier.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';

let store: TestStore;
let bench: ControlBench;
beforeEach(async () => {
  store = await sqliteStores.create();
  const carrier = new FakeCarrier(true, 1_000, {
    dialIdentity: 'none',
    lookUp: 'none',
    tells: ['answered', 'completed'],
  });
  bench = await controlBench(store.database, carrier);
});
afterEach(() => store.remove());

describe('a carrier that can be asked nothing', () => {
  it('may ring after a lost dial until no phone can, and then the run fails', async () => {
    const made = await bench.run();
    const run = await bench.change(made, { dialledAt: NOW });
    bench.clock.time = new Date(NOW.getTime() + 119_999);
    await bench.lostDials.attend(run, bench.carrier);
    expect(await bench.reread(run)).toMatchObject({ status: 'submission-unknown' });
    bench.clock.advance(1);
    await bench.lostDials.attend(await bench.reread(run), bench.carrier);
    expect(await bench.reread(run)).toMatchObject({ status: 'failed', endReason: 'unknown' });
    expect([bench.carrier.placed, bench.carrier.searched]).toEqual([[], []]);
  });

  it('is not asked about a silent call, which is given up when none can last that long', async () => {
    const run = await bench.dialledRun({ ringTimeoutSeconds: 60, maxDurationSeconds: 600 });
    bench.clock.advance(AFTER_MS);
    await bench.change(run, { checkAt: bench.clock.now() });
    await bench.reconciler.lookOnce();
    expect((await bench.reread(run)).status).toBe('queued');
    bench.clock.time = new Date(NOW.getTime() + (60 + 600 + 120) * 1000);
    await bench.reconciler.lookOnce();
    expect(await bench.reread(run)).toMatchObject({ status: 'failed', endReason: 'unknown' });
    expect(bench.carrier.lookedUp).toEqual([]);
  });

  it('is believed that a call is over when it should end it', async () => {
    const run = await bench.dialledRun();
    await bench.ledger.change({ runId: run.runId }, (draft) => {
      draft?.record(statusCallback('answered', 1));
    });
    bench.carrier.onEnd = () => ({ kind: 'already-ended' });
    await bench.control.hangUp(run.runId, 'api_hangup');
    expect(await bench.reread(run)).toMatchObject({ status: 'completed', endReason: 'api_hangup' });
  });

  it('does not report that it dials, so that is recorded when it accepts', async () => {
    const run = await bench.run();
    const dialler = bench.dialler();
    const outcome = await bench.dial(dialler, run);
    await dialler.beforeApplicationShutdown();
    expect(outcome).toMatchObject({ kind: 'placed', run: { status: 'initiated' } });
    expect(await bench.events(run)).toMatchObject([
      { type: 'dial', detail: { result: 'accepted' } },
      { source: 'api', status: 'initiated' },
    ]);
  });
});
