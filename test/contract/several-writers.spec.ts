import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import { CallList } from '../../src/calls/ledger/call-list.js';
import { FEED_START } from '../../src/calls/ledger/feed-place.js';
import { callEvent, type CallEventDraft } from '../../src/calls/ledger/call-event.js';
import { runFromRow } from '../../src/calls/ledger/run-rows.js';
import { SystemClock } from '../../src/shared/clock.js';
import { Users } from '../../src/tenants/users.js';
import {
  ledgerBench,
  newRun,
  statusCallback,
  type LedgerBench,
} from '../support/ledger-builders.js';
import { callStory, type Told } from '../support/call-stories.js';
import { LONG, PATIENCE_MS, until } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const HISTORIES = LONG ? 10_000 : 150;
const ROUNDS = LONG ? 10 : 2;
const CREATIONS = LONG ? 1_000 : 100;
/** Requests of carriers that are under way at a time at each process: enough that commits are shared. */
const AT_ONCE = LONG ? 128 : 32;
/** What so many take on a slow machine. */
const LIMIT_MS = LONG ? 30 * PATIENCE_MS : 3 * PATIENCE_MS;
const WRITER = join(import.meta.dirname, '..', 'support', 'ledger-writer.mjs');

/** What a process is told to do; see the writer. */
type Step = Record<string, unknown>;
type Outcome = Record<string, number>;
/** The steps that make the calls, and then those that tell of them. */
interface Load {
  creations: Step[];
  changes: Step[];
}

const source = await postgresStores();
const random = seededRandom();

(source ? describe : describe.skip)('two processes that write one ledger', () => {
  let store: TestStore;
  let bench: LedgerBench;
  let writers: Writer[];

  beforeEach(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    bench = await ledgerBench(store.database);
    writers = await Promise.all([Writer.start(store), Writer.start(store)]);
  });
  afterEach(async () => {
    await Promise.all(writers.map((writer) => writer.stop()));
    await store.remove();
  });
  afterAll(() => source?.dispose());

  test(
    `${HISTORIES} histories, split between them at random, end in the rows that one process writes`,
    async () => {
      const [first] = writers;
      if (!first) throw new Error('no writer');
      const alone = { outcome: {} as Outcome, ms: 0 };
      const together = { outcome: {} as Outcome, ms: 0 };
      let steps = 0;
      // In turns, so that neither has the emptier tables, or the quieter machine.
      for (let round = 0; round < ROUNDS; round += 1) {
        const stories = Array.from({ length: HISTORIES / ROUNDS }, (_, index) => story(index));
        const turns = [
          { sum: alone, by: [first], load: loadOf(bench, stories, `alone-${round}`) },
          { sum: together, by: writers, load: loadOf(bench, stories, `both-${round}`) },
        ];
        for (const { sum, by, load } of round % 2 === 0 ? turns : turns.reverse()) {
          steps += (load.creations.length + load.changes.length) / 2;
          const began = performance.now();
          add(sum.outcome, await carryOut(by, load));
          sum.ms += performance.now() - began;
        }
      }
      const rate = ({ ms }: { ms: number }): string => ((steps / ms) * 1_000).toFixed(0);
      const ratio = alone.ms / together.ms;
      process.stderr.write(
        `several writers: ${HISTORIES} histories, ${steps} steps; one process ${rate(alone)}/s ${JSON.stringify(alone.outcome)}, two ${rate(together)}/s ${JSON.stringify(together.outcome)}, ratio ${ratio.toFixed(2)}\n`,
      );

      // Neither refused as somebody else's call, nor given up: only what a busy machine makes wait is told again.
      for (const { outcome } of [alone, together]) {
        if (!LONG) delete outcome['store_unavailable'];
        expect(Object.keys(outcome).sort()).toEqual(['created', 'done', 'exists']);
      }
      const rows = await rowsOf(store, 'both');
      expect(rows).toHaveLength(HISTORIES);
      expect(rows).toEqual(await rowsOf(store, 'alone'));
      await Promise.all(writers.map((writer) => writer.stop()));
      expect(await deadlocks(store)).toBe(0);
      if (LONG) expect(ratio).toBeGreaterThanOrEqual(0.9);
    },
    LIMIT_MS,
  );

  test('places are unique, and one below the horizon is never followed by an earlier one', async () => {
    const stories = Array.from({ length: 40 }, (_, index) => story(index));
    const load = loadOf(bench, stories, 'feed');
    const state = { isOver: false };
    const work = carryOut(writers, load).finally(() => (state.isOver = true));
    const told = new Map<number, string>();
    let cursor = { xid: 0, position: 0 };
    const look = async (): Promise<void> => {
      const rows = await store.database.read((db) =>
        db
          .selectFrom('runs')
          .select(['run_id', 'changed_xid', 'position', 'status'])
          .where((is) =>
            is(is.refTuple('changed_xid', 'position'), '>', is.tuple(cursor.xid, cursor.position)),
          )
          .where('changed_xid', '<', store.database.engine.horizon())
          .orderBy('changed_xid')
          .orderBy('position')
          .execute(),
      );
      for (const row of rows) told.set(row.run_id, row.status);
      const last = rows.at(-1);
      if (last) cursor = { xid: last.changed_xid, position: last.position };
    };
    while (!state.isOver) await look();
    await work;
    const rows = await store.database.read((db) =>
      db.selectFrom('runs').select(['run_id', 'status', 'position']).execute(),
    );
    // A reader that only ever goes on from where it was has heard of how each call ended.
    await until(async () => {
      await look();
      return rows.every(({ run_id, status }) => told.get(run_id) === status);
    });
    expect(new Set(rows.map(({ position }) => position)).size).toBe(rows.length);
  });

  test('a database with transactions of another server tells what changes after what it had', async () => {
    const old = await bench.run();
    await store.database.write((trx) =>
      trx
        .updateTable('runs')
        .set({ changed_xid: 2 ** 52 })
        .execute(),
    );
    await Promise.all(writers.map((writer) => writer.stop()));
    await store.database.close();
    const restored = store.another();
    await restored.open();
    try {
      const { run, userId } = await ledgerBench(restored);
      const changed = await run();
      expect(changed.changedXid).toBeGreaterThan(0);
      const rows = await restored.read((db) =>
        db.selectFrom('runs').select(['run_id', 'changed_xid']).orderBy('changed_xid').execute(),
      );
      expect(rows).toEqual([
        { run_id: old.runId, changed_xid: 0 },
        { run_id: changed.runId, changed_xid: changed.changedXid },
      ]);
      const told = await new CallList(restored).changedSince(userId, FEED_START, 9);
      expect(told.map(({ runId }) => runId)).toEqual([changed.runId]);
    } finally {
      await restored.close();
    }
  });

  test(
    `of ${CREATIONS} calls that are placed at all of them, as many are made as are allowed`,
    async () => {
      if (LONG) writers.push(await Writer.start(store));
      const limits = { total: 37, perUser: null };
      const creations = Array.from({ length: CREATIONS }, () => ({
        create: { ...bench.request({}, { limits }), begin: null },
      }));
      const began = performance.now();
      const outcome = await carryOut(writers, { creations, changes: [] });
      const ms = performance.now() - began;
      process.stderr.write(
        `several writers: ${CREATIONS} creations at ${writers.length} processes in ${ms.toFixed(0)} ms: ${JSON.stringify(outcome)}\n`,
      );
      expect(await countRuns(store)).toBe(37);
      expect(outcome['full']).toBe(CREATIONS - 37);
    },
    LIMIT_MS,
  );

  test(
    `of ${CREATIONS} calls that are placed while others end, never more are in progress than are allowed`,
    async () => {
      const limits = { total: 30, perUser: 20 };
      const { userId: otherId } = await new Users(store.database, new SystemClock()).create('Bob');
      const users = [bench.userId, otherId];
      const creations = Array.from({ length: CREATIONS }, (_, index) => ({
        create: {
          ...bench.request(
            { userId: users[index % 2] ?? otherId, providerCallId: `CA${index}` },
            { limits },
          ),
          begin: null,
        },
        ends: true,
      }));
      const state = { isOver: false };
      const work = carryOut(writers, { creations, changes: [] }).finally(
        () => (state.isOver = true),
      );
      let most = 0;
      let mostOfOne = 0;
      while (!state.isOver) {
        const live = await liveOfUsers(store);
        most = Math.max(
          most,
          live.reduce((sum, count) => sum + count, 0),
        );
        mostOfOne = Math.max(mostOfOne, ...live);
      }
      const { created = 0, full = 0 } = await work;
      expect(most).toBeLessThanOrEqual(30);
      expect(mostOfOne).toBeLessThanOrEqual(20);
      // Some were refused, and room that was free again was used.
      expect([full > 0, created > 30, created + full]).toEqual([true, true, CREATIONS]);
    },
    LIMIT_MS,
  );

  test('a call, or a key, that both are asked for at the same time is one run', async () => {
    const idempotency = { key: 'order-7', bodyHash: 'abc' };
    const creations = Array.from({ length: 200 }, (_, index) => ({
      create:
        index % 2 === 0
          ? bench.request({}, { idempotency })
          : bench.request({ providerCallId: 'CA1' }),
    }));
    const outcome = await carryOut(writers, { creations, changes: [] });
    delete outcome['store_unavailable'];
    expect(Object.keys(outcome).sort()).toEqual(['created', 'exists']);
    expect(await countRuns(store)).toBe(2);
  });

  test('a call that both adopt for a run of their own is one run’s, and the other is told so', async () => {
    const calls = Array.from({ length: 50 }, (_, index) => `CA${index}`);
    const changes: Step[] = [];
    for (const callId of [...calls, ...calls]) {
      changes.push({ name: { runId: (await bench.run()).runId }, adopt: callId });
    }
    const outcome = await carryOut(writers, { creations: [], changes });
    delete outcome['store_unavailable'];
    expect(outcome).toEqual({ done: 50, call_taken: 50 });
  });
});

/** A process with a ledger of its own. */
class Writer {
  private stopped: Promise<unknown> | null = null;

  private constructor(private readonly child: ChildProcess) {}

  static async start(store: TestStore): Promise<Writer> {
    const child = fork(WRITER, { env: { PATH: process.env['PATH'], ...store.env } });
    await once(child, 'message');
    return new Writer(child);
  }

  async work(steps: Step[], atOnce: number): Promise<Outcome> {
    const answered = once(this.child, 'message');
    this.child.send({ steps, atOnce });
    const [answer] = (await answered) as [{ result: Outcome }];
    return answer.result;
  }

  stop(): Promise<unknown> {
    if (!this.stopped) {
      this.stopped = once(this.child, 'exit');
      this.child.disconnect();
    }
    return this.stopped;
  }
}

/** Each step by one of the writers, drawn at random; the first steps of all of them before the rest of any. */
async function carryOut(writers: readonly Writer[], load: Load): Promise<Outcome> {
  const sum: Outcome = {};
  for (const steps of [load.creations, load.changes]) {
    const shares = writers.map((): Step[] => []);
    for (const step of steps) shares[random.between(0, writers.length - 1)]?.push(step);
    const outcomes = await Promise.all(
      writers.map((writer, index) => writer.work(shares[index] ?? [], AT_ONCE)),
    );
    for (const outcome of outcomes) add(sum, outcome);
  }
  return sum;
}

function story(index: number): CallEventDraft[] {
  return callStory(random, index).map(eventOf);
}

function eventOf(told: Told): CallEventDraft {
  if (told.kind === 'machine') {
    return callEvent({ type: 'machine', source: 'status-callback', answeredBy: 'human' });
  }
  const { status, sequence, seconds, durationSeconds } = told;
  const occurredAt = new Date(1_772_366_400_000 + seconds * 1_000);
  return statusCallback(status, sequence, { occurredAt, durationSeconds });
}

function loadOf(bench: LedgerBench, stories: CallEventDraft[][], prefix: string): Load {
  const creations: Step[] = [];
  const changes: Step[] = [];
  for (const [index, events] of stories.entries()) {
    const callId = `${prefix}-${index}`;
    const { userId, workflowId } = bench;
    const create = bench.request(newRun({ userId, workflowId, providerCallId: callId }));
    // The carrier asks again, or in parallel, also where nothing is lost.
    for (let asked = index % 4; asked < 5; asked += 4) creations.push({ create });
    for (const event of events) changes.push({ name: { account: 'twilio', callId }, event });
  }
  return { creations: random.shuffled(creations), changes: random.shuffled(changes) };
}

function add(sum: Outcome, outcome: Outcome): void {
  for (const [kind, count] of Object.entries(outcome)) sum[kind] = (sum[kind] ?? 0) + count;
}

/** The runs of a load by their calls, but for what tells one load from the other. */
async function rowsOf(store: TestStore, prefix: string): Promise<unknown[]> {
  const rows = await store.database.read((db) =>
    db.selectFrom('runs').selectAll().where('provider_call_id', 'like', `${prefix}-%`).execute(),
  );
  return rows
    .map(runFromRow)
    .map((run) => ({
      ...run,
      providerCallId: run.providerCallId?.slice(prefix.length) ?? '',
      runId: 0,
      changedXid: 0,
      position: 0,
    }))
    .sort((a, b) => (a.providerCallId < b.providerCallId ? -1 : 1));
}

async function countRuns(store: TestStore): Promise<number> {
  const { count } = await store.database.read((db) =>
    db
      .selectFrom('runs')
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  );
  return count;
}

/** How many calls each user has in progress. */
async function liveOfUsers(store: TestStore): Promise<number[]> {
  const rows = await store.database.read((db) =>
    db
      .selectFrom('runs')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('ended_at', 'is', null)
      .groupBy('user_id')
      .execute(),
  );
  return rows.map(({ count }) => count);
}

async function deadlocks(store: TestStore): Promise<number> {
  const { rows } = await store.database.read((db) =>
    sql<{ deadlocks: number }>`select deadlocks from pg_stat_database
      where datname = current_database()`.execute(db),
  );
  return rows[0]?.deadlocks ?? -1;
}
