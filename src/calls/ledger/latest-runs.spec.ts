import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { sql } from 'kysely';
import {
  ledgerBench,
  SetClock,
  SILENCE_MS,
  statusCallback,
  type LedgerBench,
} from '../../../test/support/ledger-builders.js';
import { LONG } from '../../../test/support/patience.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { CallFeed } from './call-feed.js';
import { CallLedger } from './call-ledger.js';
import type { CallRun } from './call-run.js';
import { CALL_STATUSES } from './call-status.js';
import type { RunDraft } from './run-draft.js';
import { LatestRuns } from './latest-runs.js';

const NOON = new Date('2026-03-01T12:00:00Z');

let store: TestStore;
let bench: LedgerBench;
let clock: SetClock;

beforeEach(async () => {
  store = await sqliteStores.create();
  clock = new SetClock(NOON);
  bench = await ledgerBench(store.database, clock);
});
afterEach(() => store.remove());

/** A ledger that has seen nothing, and so reads everything. */
const reader = () =>
  new CallLedger(store.database, new CallFeed(), clock, { silenceMs: SILENCE_MS });

/** A run and its timeline as a change finds them; the ids of events that are not read again are not known. */
async function found(ledger: CallLedger, runId: number): Promise<unknown> {
  const state = await ledger.change({ runId }, (draft) => draft && stateOf(draft));
  return { state, found: await ledger.find({ runId }), brief: await ledger.findBrief({ runId }) };
}

const stateOf = ({ run, timeline }: RunDraft) => ({
  run,
  events: timeline.map((event) => ({ ...event, eventId: null })),
});

/** What is done to a run. */
const anAct = fc.oneof(
  fc.record({
    act: fc.constant('record' as const),
    status: fc.constantFrom(...CALL_STATUSES),
    sequence: fc.integer({ min: 0, max: 5 }),
    payload: fc.boolean(),
  }),
  fc.record({ act: fc.constant('facts' as const), fact: fc.jsonValue() }),
  fc.record({ act: fc.constant('transfer' as const), to: fc.constantFrom('+1', '+2') }),
  fc.constant({ act: 'adopt' as const }),
  fc.constant({ act: 'hang up' as const }),
  fc.constant({ act: 'erase' as const }),
  fc.constant({ act: 'throw' as const }),
  fc.constant({ act: 'fail' as const }),
  fc.constant({ act: 'by another' as const }),
);
type Act = typeof anAct extends fc.Arbitrary<infer One> ? One : never;

function enter(draft: RunDraft, one: Act, callId: string): void {
  switch (one.act) {
    case 'record':
      draft.record(
        statusCallback(one.status, one.sequence, {
          occurredAt: new Date(NOON.getTime() + one.sequence),
          payload: one.payload ? { From: 'x' } : null,
        }),
      );
      break;
    case 'facts':
      draft.change({ facts: { fact: one.fact } });
      break;
    case 'transfer':
      draft.record({
        ...statusCallback('answered', null),
        type: 'transfer',
        status: null,
        detail: { transfer: 1, generation: 1, step: 'started' },
        payload: { to: one.to, from: '+3', announce: null, timeoutSeconds: 30 },
      });
      break;
    case 'adopt':
      draft.adoptCall({ call: callId }, null);
      break;
    case 'hang up':
      draft.requestHangup('api_hangup');
      break;
    case 'erase':
      draft.erase();
      break;
    case 'throw':
      draft.change({ facts: { of: 'what is not done' } });
      throw new Error('not done');
    case 'fail':
      draft.record(statusCallback('ringing', 9));
      break;
    case 'by another':
      break;
    default:
      one satisfies never;
  }
}

async function act(run: CallRun, one: Act): Promise<void> {
  const { runId } = run;
  clock.advance(1_000);
  if (one.act === 'by another') {
    await store.database.write((trx) =>
      trx
        .updateTable('runs')
        .set({ check_at: clock.time.getTime() })
        .where('run_id', '=', runId)
        .execute(),
    );
    return;
  }
  const isToFail = one.act === 'fail';
  if (isToFail) await refuseEvents();
  await bench.ledger
    .change({ runId }, (draft) => {
      if (!draft) throw new Error('no run');
      enter(draft, one, `CA${runId}`);
    })
    .catch(() => undefined);
  if (isToFail) await allowEvents();
}

const refuseEvents = () =>
  store.database.write((trx) =>
    sql`create trigger refused before insert on call_events
      begin select raise(abort, 'refused'); end`.execute(trx),
  );
const allowEvents = () => store.database.write((trx) => sql`drop trigger refused`.execute(trx));

describe('runs that were changed last', () => {
  it('are what the store has, whatever is done to them, and by whom', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(1), anAct), { minLength: 1, maxLength: 8 }),
        async (acts) => {
          const runs = [await bench.run(), await bench.run()];
          for (const [which, one] of acts) {
            await act(runs[which] as CallRun, one);
            for (const { runId } of runs) {
              expect(await found(bench.ledger, runId)).toEqual(await found(reader(), runId));
            }
          }
        },
      ),
      { numRuns: LONG ? 2_000 : 100 },
    );
  });

  it('are not read again, by our id or the carrier’s, until somebody else writes to calls', async () => {
    const { runId, accountKey } = await bench.run({ providerCallId: 'CA1' });
    const latest = await bench.ledger.find({ runId });
    expect(await bench.ledger.find({ runId })).toBe(latest);
    expect(await bench.ledger.find({ account: accountKey, callId: 'CA1' })).toBe(latest);
    await store.database.write((trx) =>
      trx.updateTable('users').set({ name: 'Eve' }).where('user_id', '=', 0).execute(),
    );
    expect(await bench.ledger.find({ runId })).toBe(latest);
    await store.database.write((trx) =>
      trx.updateTable('runs').set({ facts: '{"by":"another"}' }).execute(),
    );
    const read = await bench.ledger.find({ runId });
    expect(read).toEqual({ ...latest, facts: { by: 'another' } });
    await bench.ledger.change({ runId }, (draft) => expect(draft?.run).toEqual(read));
  });

  it('are none once the store is closed', async () => {
    const { runId } = await bench.run();
    await store.database.close();
    await expect(bench.ledger.find({ runId })).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('how much is kept', () => {
  const writes = { callWrites: 0 };
  const latest = async (count: number, fields: Partial<CallRun> = {}, events = 1) => {
    const run = await bench.run();
    const [event] = await eventsOf(run);
    if (!event) throw new Error('no event');
    return Array.from({ length: count }, (_, nth) => ({
      run: { ...run, ...fields, runId: nth + 1, providerCallId: `CA${nth + 1}` },
      timeline: Array.from({ length: events }, () => event),
    }));
  };
  const eventsOf = async ({ runId }: CallRun) => {
    await bench.ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', 1)));
    return bench.ledger.events(runId);
  };
  const kept = () => {
    const runs = new LatestRuns(writes);
    runs.begin();
    runs.end();
    return runs;
  };

  it('is 500 runs: the one that was changed longest ago goes first, with its name', async () => {
    const runs = kept();
    const all = await latest(501);
    runs.keep(all.slice(0, 500));
    // Changed once more.
    runs.keep(all.slice(0, 1));
    runs.keep(all.slice(500));
    const [first, second, last] = [0, 1, 500].map((nth) => all[nth]?.run);
    expect(runs.find({ runId: first?.runId ?? 0 })).not.toBeNull();
    expect(runs.find({ runId: last?.runId ?? 0 })).not.toBeNull();
    expect(runs.find({ runId: second?.runId ?? 0 })).toBeNull();
    const name = { account: second?.accountKey ?? '', callId: second?.providerCallId ?? '' };
    expect(runs.find(name)).toBeNull();
    expect(runs.find({ ...name, callId: 'CA1' })).not.toBeNull();
  });

  it('is nothing of a call that is over, or has a long timeline', async () => {
    const runs = kept();
    const [one, long] = [await latest(1), await latest(1, {}, 51)];
    runs.keep(one);
    expect(runs.find({ runId: 1 })).not.toBeNull();
    runs.keep(long);
    expect(runs.find({ runId: 1 })).toBeNull();
    runs.keep(one);
    runs.keep(await latest(1, { endedAt: NOON }));
    expect(runs.find({ runId: 1 })).toBeNull();
    expect(runs.find({ account: 'twilio', callId: 'CA1' })).toBeNull();
  });

  it('is nothing of what somebody else wrote to between two transactions, and what was there before one in it', async () => {
    const runs = kept();
    runs.keep(await latest(1));
    runs.begin();
    // Ours.
    writes.callWrites += 3;
    expect(runs.find({ runId: 1 })).not.toBeNull();
    runs.end();
    expect(runs.find({ runId: 1 })).not.toBeNull();
    writes.callWrites += 1;
    expect(runs.find({ runId: 1 })).toBeNull();
    runs.begin();
    runs.end();
    expect(runs.find({ runId: 1 })).toBeNull();
  });
});
