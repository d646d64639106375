import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, NOW, type ControlBench } from '../../test/support/control-bench.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { SilentCalls } from './silent-calls.js';

const LONG_AGO = new Date(0);

let store: TestStore;
let bench: ControlBench;
let silentCalls: SilentCalls;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
  silentCalls = new SilentCalls(store.database, bench.clock);
});
afterEach(() => store.remove());

const silent = async (since = LONG_AGO) => (await silentCalls.since(since)).silent;

/**
 * The carrier was asked and replied that the call is over; its clock differs from
 * ours by `clockApartMs`.
 */
async function endedAsAsked(clockApartMs: number) {
  const run = await bench.dialledRun({ direction: 'inbound' });
  await bench.ledger.change({ runId: run.runId }, (draft) =>
    draft?.record(
      statusCallback('completed', null, {
        source: 'reconcile',
        occurredAt: new Date(NOW.getTime() + clockApartMs),
      }),
    ),
  );
  return run;
}

describe('a call without callbacks', () => {
  it.each([-3_600_000, 0, 3_600_000])(
    'is silent five seconds after we heard of its end, when the carrier’s clock differs by %i ms',
    async (apart) => {
      const run = await endedAsAsked(apart);
      bench.clock.advance(5_000);
      expect(await silent()).toEqual([]);
      bench.clock.advance(1);
      expect(await silent()).toEqual([run.runId]);
      expect(await silent(new Date(NOW.getTime() + 1))).toEqual([]);
    },
  );

  it('is silent fifteen seconds after its dial, while it is live; an inbound call is not', async () => {
    const run = await bench.dialledRun();
    await bench.dialledRun({ direction: 'inbound' });
    bench.clock.advance(15_000);
    expect(await silent()).toEqual([]);
    bench.clock.advance(1);
    expect(await silent()).toEqual([run.runId]);
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('ringing', 1)),
    );
    expect(await silentCalls.since(LONG_AGO)).toEqual({
      calls: 1,
      silent: [],
      lastTold: bench.clock.now(),
    });
  });

  it('is not silent when the carrier never had it', async () => {
    const run = await bench.run();
    await bench.change(run, { dialledAt: NOW });
    bench.clock.advance(3_600_000);
    expect(await silentCalls.since(LONG_AGO)).toEqual({ calls: 0, silent: [], lastTold: null });
  });
});
