import { afterEach, expect, test } from '@jest/globals';
import { callEvent } from '../../src/calls/ledger/call-event.js';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { CallFeed } from '../../src/calls/ledger/call-feed.js';
import { CallList } from '../../src/calls/ledger/call-list.js';
import { EventEndpoints } from '../../src/calls/events-out/event-endpoints.js';
import type { NewLine } from '../../src/calls/transcripts/transcript.js';
import { TranscriptionQueue } from '../../src/calls/transcripts/transcription-queue.js';
import { TranscriptionResults } from '../../src/calls/transcripts/transcription-results.js';
import { Transcripts } from '../../src/calls/transcripts/transcripts.js';
import { Instance } from '../../src/cluster/instance.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import { SystemClock } from '../../src/shared/clock.js';
import { Users } from '../../src/tenants/users.js';
import { ledgerBench, SILENCE_MS } from '../support/ledger-builders.js';
import { until } from '../support/patience.js';
import { RecordingInstance } from '../support/recordings-bench.js';
import type { TestStore } from '../support/stores.js';

const BEGAN = Date.now() - 60_000;

const line = (n: number, atMs: number, text: string, about: Partial<NewLine> = {}): NewLine => ({
  generation: 1,
  n,
  speaker: n % 2 === 0 ? 'agent' : 'caller',
  text,
  final: true,
  beganAt: BEGAN,
  atMs,
  untilMs: null,
  ...about,
});

/** Transcripts that several instances write, on one store. */
export function transcriptsContract(store: () => TestStore): void {
  const instances: RecordingInstance[] = [];
  const alive: StoreLeases[] = [];
  afterEach(async () => {
    alive.length = 0;
    for (const instance of instances.splice(0)) await instance.remove();
  });

  const open = async () => {
    const { database } = store();
    const bench = await ledgerBench(database);
    const policy = { silenceMs: SILENCE_MS, transcribesRecordings: true };
    const ledger = new CallLedger(database, new CallFeed(), new SystemClock(), policy);
    const instance = await RecordingInstance.start(database);
    instances.push(instance);
    const transcripts = new Transcripts(database, ledger, instance.recordings);
    const results = new TranscriptionResults(database, ledger);
    const list = new CallList(database);
    const end = (runId: number) =>
      ledger.change({ runId }, (draft) => {
        for (const status of ['answered', 'completed'] as const) {
          draft?.record(callEvent({ type: 'status', source: 'status-callback', status }));
        }
      });
    const find = async (said: string, userId = bench.userId) =>
      (await list.find({ userId, said, limit: 20 })).map(({ runId }) => runId);
    const steps = async (runId: number) =>
      (await ledger.events(runId))
        .filter(({ type }) => type === 'transcript')
        .map(({ detail }) => detail);
    /** Makes all that waits due now. */
    const hasten = () =>
      database.write((trx) => trx.updateTable('transcription_jobs').set({ due_at: 1 }).execute());
    return { ...bench, database, ledger, instance, transcripts, results, end, find, steps, hasten };
  };
  /** The queue as another living instance has it. */
  const queueOf = async () => {
    const leases = new StoreLeases(store().database, new Instance());
    await leases.beat();
    // The first beat of an instance that has the store alone ends those before it.
    for (const earlier of alive) await earlier.beat();
    alive.push(leases);
    return { leases, queue: new TranscriptionQueue(store().database, leases) };
  };

  test('lines are kept once, in the order in which they were said, with one event for the first', async () => {
    const { run, transcripts, steps, ledger } = await open();
    const { runId, transcribed } = await run();
    expect(transcribed).toBe(false);
    await transcripts.add(runId, [line(0, 100, 'Hello!'), line(1, 5_000, 'later')]);
    const again = [line(1, 5_000, 'changed'), line(2, 2_000, 'between', { final: false })];
    await transcripts.add(runId, again);
    expect(
      (await transcripts.of(runId)).map(({ atMs, text, final }) => [atMs, text, final]),
    ).toEqual([
      [100, 'Hello!', true],
      [2_000, 'between', false],
      [5_000, 'later', true],
    ]);
    expect(await steps(runId)).toEqual([{ step: 'started', by: 'agent' }]);
    expect((await ledger.find({ runId }))?.transcribed).toBe(true);
  });

  test('times are those of the recording, over several streams, and without one those of the first stream', async () => {
    const { run, transcripts, instance } = await open();
    const [bare, recorded] = [await run(), await run()];
    const later = { generation: 2, beganAt: BEGAN + 30_000 };
    for (const { runId } of [bare, recorded]) {
      await transcripts.add(runId, [line(0, 500, 'a'), line(0, 1_000, 'b', later)]);
    }
    const [, second] = await transcripts.of(bare.runId);
    // Right to half of what a small query took, however busy the machine is.
    expect(Math.abs((second?.atMs ?? 0) - 31_000)).toBeLessThan(10_000);
    const startedAt = BEGAN;
    const stream = { runId: recorded.runId, startedAt };
    await (await instance.record(stream, 4, 5)).close();
    // By its clock it began before the other had ended: it follows at once, and so do its lines.
    await (await instance.record({ ...stream, generation: 2 }, 2, 5)).close();
    await until(async () => (await instance.recordings.placed(recorded.runId)).length === 2);
    expect((await transcripts.of(recorded.runId)).map(({ atMs }) => atMs)).toEqual([500, 5_000]);
  });

  test('calls are found by the beginnings of words, whatever their case and accents, by their user alone', async () => {
    const { run, transcripts, find, database } = await open();
    const [one, other] = [(await run()).runId, (await run()).runId];
    await transcripts.add(one, [
      line(0, 0, 'Your REFUND is on its way, Zoë.'),
      line(1, 1, 'Danke'),
    ]);
    await transcripts.add(other, [
      line(0, 0, '注文はキャンセルされました'),
      line(1, 1, 'Refuse 100%'),
    ]);
    expect(await find('refund')).toEqual([one]);
    expect(await find('ref')).toEqual([other, one]);
    expect(await find('zoe dan')).toEqual([one]);
    expect(await find('refund キャンセル')).toEqual([]);
    expect(await find('キャンセル')).toEqual([other]);
    expect(await find('fund')).toEqual([]);
    expect(await find('%')).toEqual([]);
    const { userId } = await new Users(database, new SystemClock()).create('Eve');
    expect(await find('refund', userId)).toEqual([]);
  });

  test('erasing a call erases its transcript, and nothing is added to it afterwards', async () => {
    const { run, transcripts, ledger, end, find, database } = await open();
    const { runId } = await run();
    await transcripts.add(runId, [line(0, 0, 'secret')]);
    await end(runId);
    await ledger.change({ runId }, (draft) => draft?.erase());
    await transcripts.add(runId, [line(1, 5, 'late secret')]);
    expect(await transcripts.of(runId)).toEqual([]);
    expect(await find('secret')).toEqual([]);
    const jobs = await database.read((db) =>
      db.selectFrom('transcription_jobs').selectAll().execute(),
    );
    expect(jobs).toEqual([]);
  });

  test('a sweep erases what is older, and says so in the call', async () => {
    const { run, transcripts, ledger, find } = await open();
    const [old, young] = [(await run()).runId, (await run()).runId];
    await transcripts.add(old, [line(0, 0, 'word', { beganAt: Date.now() - 86_400_000 })]);
    await transcripts.add(young, [line(0, 0, 'word')]);
    await transcripts.sweep(null);
    expect(await find('word')).toEqual([young, old]);
    await transcripts.sweep(new Date(Date.now() - 3_600_000));
    expect(await find('word')).toEqual([young]);
    expect((await ledger.find({ runId: old }))?.transcribed).toBe(false);
  });

  test('a call that ends is queued once, for one instance at a time, and completed once, which endpoints are told', async () => {
    const { run, transcripts, results, end, steps, hasten, userId, database } = await open();
    const endpoints = new EventEndpoints(database, new SystemClock());
    const about = { workflowId: null, url: 'https://example.com/e', enabled: true };
    await endpoints.create(userId, { ...about, types: ['call.transcript'] });
    const { runId } = await run();
    await transcripts.add(runId, [line(0, 0, 'hello')]);
    await end(runId);
    const [one, other] = [await queueOf(), await queueOf()];
    // Streams end a moment after their call.
    expect(await one.queue.claim(true)).toBeNull();
    await hasten();
    expect(await one.queue.claim(false)).toBeNull();
    expect(await one.queue.claim(true)).toMatchObject({ runId, parts: 0 });
    expect(await other.queue.claim(true)).toBeNull();
    await one.leases.leave();
    expect(await other.queue.claim(true)).toMatchObject({ runId });
    await results.complete(runId, { by: 'agent' });
    await results.complete(runId, { by: 'agent' });
    await hasten();
    expect(await other.queue.claim(true)).toBeNull();
    const started = { step: 'started', by: 'agent' };
    expect(await steps(runId)).toEqual([started, { step: 'complete', by: 'agent' }]);
    const told = await database.read((db) =>
      db.selectFrom('webhook_deliveries').select(['type', 'body']).execute(),
    );
    expect(told.map(({ type }) => type)).toEqual(['call.transcript']);
    expect(JSON.parse(told[0]?.body ?? '')).toMatchObject({
      type: 'call.transcript',
      data: { workflow_run_id: runId, transcribed: true },
    });
  });

  test('an instance that dies loses no part of a recording, and none is transcribed twice', async () => {
    const { run, results, end, hasten, transcripts } = await open();
    const { runId } = await run({ recording: true });
    await end(runId);
    await hasten();
    const [one, other] = [await queueOf(), await queueOf()];
    const cost = { requests: 2, seconds: 1.5 };
    const told = [{ speaker: 'caller' as const, text: ' yes ', atMs: 10, untilMs: 400 }];
    expect(await one.queue.claim(false)).toMatchObject({ runId, attempts: 0 });
    expect(await results.storePart(runId, 0, told, cost)).toBe(true);
    await one.leases.leave();
    const taken = await other.queue.claim(false);
    expect(taken).toMatchObject({ runId, parts: 1, requests: 2, seconds: 1.5 });
    await other.queue.postpone(runId, 60_000, 3);
    expect(await other.queue.claim(false)).toBeNull();
    await hasten();
    expect(await other.queue.claim(false)).toMatchObject({ attempts: 3 });
    const shown = { atMs: 10, untilMs: 400, speaker: 'caller', text: 'yes', final: true };
    expect(await transcripts.of(runId)).toEqual([shown]);
  });

  test('a call is queued only for what there is to do', async () => {
    const { run, end, database, ledger: transcribing } = await open();
    await end((await run({ recording: false })).runId);
    // Its workflow does not want it.
    await end((await run({ recording: true, transcription: false })).runId);
    // Nobody has answered.
    const { runId } = await run({ recording: true });
    const failed = callEvent({ type: 'status', source: 'status-callback', status: 'no-answer' });
    await transcribing.change({ runId }, (draft) => draft?.record(failed));
    const jobs = await database.read((db) =>
      db.selectFrom('transcription_jobs').selectAll().execute(),
    );
    expect(jobs).toEqual([]);
  });
}
