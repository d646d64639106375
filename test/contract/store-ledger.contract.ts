import { expect, test } from '@jest/globals';
import { callEvent } from '../../src/calls/ledger/call-event.js';
import type { CallRun } from '../../src/calls/ledger/call-run.js';
import { EventDeliveries } from '../../src/calls/events-out/event-deliveries.js';
import { EventEndpoints } from '../../src/calls/events-out/event-endpoints.js';
import { LiveRuns } from '../../src/calls/ledger/live-runs.js';
import type { RunDraft } from '../../src/calls/ledger/run-draft.js';
import { SilentCalls } from '../../src/calls/silent-calls.js';
import { ledgerBench, SetClock, SILENCE_MS, statusCallback } from '../support/ledger-builders.js';
import type { TestStore } from '../support/stores.js';

const NOON = new Date('2026-03-01T12:00:00.000Z');
/** What text can do to a store: quotes, accents, emoji, right-to-left, half a surrogate pair, a NUL. */
const TEXT = `'";-- é😀 العربية \\ \ud800 \u0000 \u2028`;

export function ledgerContract(store: () => TestStore): void {
  test('a created run is found by either of its names, as it was saved', async () => {
    const clock = new SetClock(NOON);
    const { ledger, run } = await ledgerBench(store().database, clock);
    const created = await run({ providerCallId: 'CA1', context: { order: 7 } });
    expect(created).toMatchObject({
      status: 'queued',
      context: { order: 7 },
      createdAt: NOON,
      checkAt: new Date(NOON.getTime() + SILENCE_MS),
      endedAt: null,
      duplicatesDropped: 0,
    });
    expect(await ledger.find({ runId: created.runId })).toEqual(created);
    expect(await ledger.find({ account: 'twilio', callId: 'CA1' })).toEqual(created);
    expect(await ledger.find({ account: 'other', callId: 'CA1' })).toBeNull();
    expect(await ledger.find({ runId: created.runId + 1 })).toBeNull();
  });

  test('a call that was simulated stays so, whatever becomes of it', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const simulated = await run({ simulated: true, providerCallId: 'CA1' });
    expect(simulated.simulated).toBe(true);
    await ledger.change({ runId: simulated.runId }, (draft) => {
      draft?.record(statusCallback('completed', 3));
    });
    expect(await ledger.find({ runId: simulated.runId })).toMatchObject({
      simulated: true,
      status: 'completed',
    });
    expect((await run({ providerCallId: 'CA2' })).simulated).toBe(false);
  });

  test('a change returns what its work returned, once event and row are there together', async () => {
    const clock = new SetClock(NOON);
    const { ledger, run } = await ledgerBench(store().database, clock);
    const { runId } = await run();
    clock.advance(1_000);
    const outcome = await ledger.change({ runId }, (draft) =>
      draft?.record(statusCallback('ringing', 1, { payload: { CallSid: 'CA1' } })),
    );
    expect(outcome).toBe('applied');
    expect(await ledger.find({ runId })).toMatchObject({
      status: 'ringing',
      updatedAt: clock.time,
      checkAt: new Date(clock.time.getTime() + SILENCE_MS),
    });
    expect(await ledger.events(runId)).toEqual([
      {
        ...statusCallback('ringing', 1, { payload: { CallSid: 'CA1' } }),
        eventId: expect.any(Number),
        runId,
        outcome: 'applied',
        receivedAt: clock.time,
      },
    ]);
  });

  test('calls that were never told of are found, and callbacks that came twice are counted', async () => {
    const clock = new SetClock(NOON);
    const { ledger, run } = await ledgerBench(store().database, clock);
    const [told, silent] = [
      await run({ providerCallId: 'CA1' }),
      await run({ providerCallId: 'CA2' }),
    ];
    for (const { runId } of [told, silent]) {
      await ledger.change({ runId }, (draft) => draft?.change({ dialledAt: NOON }));
    }
    for (const sequence of [1, 1, 2]) {
      await ledger.change({ runId: told.runId }, (draft) =>
        draft?.record(statusCallback('ringing', sequence)),
      );
    }
    clock.advance(60_000);
    const silentCalls = new SilentCalls(store().database, clock);
    expect(await silentCalls.since(NOON)).toEqual({
      calls: 2,
      silent: [silent.runId],
      lastTold: NOON,
    });
    expect(await silentCalls.repeatedSince(NOON)).toEqual({ callbacks: 3, repeated: 1 });
    expect(await silentCalls.repeatedSince(clock.time)).toEqual({ callbacks: 0, repeated: 0 });
  });

  test('a change of a run that does not exist gets null, and changes nothing', async () => {
    const { ledger } = await ledgerBench(store().database);
    expect(await ledger.change({ runId: 999 }, (draft) => draft)).toBeNull();
    const name = { account: 'twilio', callId: 'CA-none' };
    expect(await ledger.change(name, (draft) => draft)).toBeNull();
    expect(await ledger.events(999)).toEqual([]);
  });

  test('work that throws halfway rejects alone and leaves nothing of what it did', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const { runId } = await run();
    const both = await Promise.allSettled([
      ledger.change({ runId }, (draft) => {
        draft?.record(statusCallback('answered', 2));
        throw new Error('no such luck');
      }),
      ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', 1))),
    ]);
    expect(both).toMatchObject([
      { status: 'rejected', reason: { message: 'no such luck' } },
      { status: 'fulfilled', value: 'applied' },
    ]);
    expect(await ledger.find({ runId })).toMatchObject({ status: 'ringing', answeredAt: null });
    expect(await ledger.events(runId)).toHaveLength(1);
  });

  test('what cannot be stored fails alone, whatever shares its commit', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const runs = await Promise.all(Array.from({ length: 20 }, () => run()));
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const results = await Promise.allSettled(
      runs.map(({ runId }, index) =>
        ledger.change({ runId }, (draft) =>
          draft?.record(
            statusCallback('ringing', 1, { detail: index === 13 ? circular : { index } }),
          ),
        ),
      ),
    );
    const failed = results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(failed).toEqual([13]);
    const statuses = await Promise.all(runs.map(({ runId }) => ledger.find({ runId })));
    expect(statuses.filter((found) => found?.status === 'ringing')).toHaveLength(19);
    expect(statuses[13]?.status).toBe('queued');
  });

  test('the row of a call follows its events: ringing, answered, completed', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const { runId } = await run({ providerCallId: 'CA1' });
    const at = (second: number): Date => new Date(NOON.getTime() + second * 1000);
    const name = { account: 'twilio', callId: 'CA1' };
    const tell = (work: (draft: RunDraft) => void): Promise<void> =>
      ledger.change(name, (draft) => draft && work(draft)).then(() => undefined);
    await tell((draft) => draft.record(statusCallback('ringing', 1, { occurredAt: at(1) })));
    await tell((draft) => draft.record(statusCallback('answered', 2, { occurredAt: at(5) })));
    await tell((draft) =>
      draft.record(
        statusCallback('completed', 3, { occurredAt: at(17), durationSeconds: 12, sipCode: 200 }),
      ),
    );
    expect(await ledger.find({ runId })).toMatchObject({
      status: 'completed',
      answeredAt: at(5),
      endedAt: at(17),
      durationSeconds: 12,
      endReason: 'caller_hangup',
      sipCode: 200,
      checkAt: null,
    });
  });

  test('the carrier’s id is adopted once, and names the run from then on', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const { runId } = await run();
    const adopt = (callId: string): Promise<void | null> =>
      ledger.change({ runId }, (draft) => draft && draft.adoptCall({ call: callId }, 'AC1'));
    await adopt('CA1');
    await adopt('CA2');
    expect((await ledger.find({ account: 'twilio', callId: 'CA1' }))?.runId).toBe(runId);
    expect(await ledger.find({ account: 'twilio', callId: 'CA2' })).toBeNull();
  });

  test('text and JSON come back as they went in', async () => {
    const { ledger, request } = await ledgerBench(store().database);
    const words = TEXT.replaceAll('\u0000', '').replaceAll('\ud800', '');
    const context = { [TEXT]: [TEXT, 1.5, -0.1, 1e21, true, null, { deep: { [TEXT]: [] } }] };
    const onMachine = { leave_message: words };
    const created = await ledger.create(
      request({ context, onFailure: words, onResume: words, onWait: words, onMachine, to: words }),
    );
    const runId = created.kind === 'created' ? created.run.runId : 0;
    await ledger.change({ runId }, (draft) => {
      draft?.record(callEvent({ type: 'agent', source: 'media', detail: { TEXT }, payload: {} }));
      draft?.change({ facts: { TEXT } });
    });
    expect(await ledger.find({ runId })).toMatchObject({
      context,
      facts: { TEXT },
      onFailure: words,
      onResume: words,
      onWait: words,
      onMachine,
      to: words,
    });
    expect(await ledger.events(runId)).toMatchObject([{ detail: { TEXT }, payload: {} }]);
  });

  test('ids up to the largest safe integer are exact', async () => {
    const { database } = store();
    const { ledger, userId, workflowId, run } = await ledgerBench(database);
    const { runId: first } = await run();
    const runId = Number.MAX_SAFE_INTEGER - 1;
    await database.write(async (trx) => {
      await trx.updateTable('runs').set({ run_id: runId }).where('run_id', '=', first).execute();
    });
    await ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', 1)));
    expect(await ledger.find({ runId })).toMatchObject({ runId, userId, workflowId });
    expect(await ledger.find({ runId: runId - 1 })).toBeNull();
    expect(await ledger.events(runId)).toMatchObject([{ runId, status: 'ringing' }]);
  });

  test('the feed tells a change after it is durable, and a listener that throws harms nobody', async () => {
    const { ledger, feed, run } = await ledgerBench(store().database);
    const { runId } = await run();
    const told: CallRun[] = [];
    const stored: Array<Promise<CallRun | null>> = [];
    const warnings = muteWarnings();
    feed.subscribe(() => {
      throw new Error('a bad listener');
    });
    feed.onCommit(({ run: seen }) => {
      told.push(seen);
      stored.push(ledger.find({ runId: seen.runId }));
    });
    await ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', 1)));
    await expect(
      ledger.change({ runId }, (draft) => {
        draft?.record(statusCallback('answered', 2));
        throw new Error('never mind');
      }),
    ).rejects.toThrow('never mind');
    expect(told.map(({ status }) => status)).toEqual(['ringing']);
    expect(await Promise.all(stored)).toEqual(told);
    expect(warnings()).toEqual(['a bad listener']);
  });

  test('what is in progress, and what waits to be delivered, can be counted', async () => {
    const { database } = store();
    const clock = new SetClock(NOON);
    const { ledger, leases, run, userId } = await ledgerBench(database, clock);
    const deliveries = new EventDeliveries(database, leases, clock);
    expect(await deliveries.pending()).toBe(0);
    const url = 'https://example.com/events';
    const everything = { url, workflowId: null, types: [], enabled: true };
    await new EventEndpoints(database, clock).create(userId, everything);
    const [live, over] = [await run(), await run()];
    await ledger.change({ runId: over.runId }, (draft) =>
      draft?.record(callEvent({ type: 'status', source: 'api', status: 'failed' })),
    );
    expect(await new LiveRuns(database, leases).statuses()).toEqual([
      { runId: live.runId, status: 'queued' },
    ]);
    // `call.failed` and `call.finished`
    expect(await deliveries.pending()).toBe(2);
  });
}

/** Collects the warnings of this process instead of printing them; call it to hear them and stop. */
function muteWarnings(): () => string[] {
  const messages: string[] = [];
  const original = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error) => {
    messages.push(warning instanceof Error ? warning.message : warning);
  };
  return () => {
    process.emitWarning = original;
    return messages;
  };
}
