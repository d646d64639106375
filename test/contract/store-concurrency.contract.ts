import { expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { CallRun } from '../../src/calls/ledger/call-run.js';
import type { EventOutcome } from '../../src/calls/ledger/call-event.js';
import type { CreateResult } from '../../src/calls/ledger/batch.js';
import { DialQueue } from '../../src/calls/dialling/dial-queue.js';
import { shareOf } from '../../src/calls/ledger/concurrency-limits.js';
import type { CallStatus } from '../../src/calls/ledger/call-status.js';
import { StreamTokens } from '../../src/calls/streams/stream-tokens.js';
import { SystemClock } from '../../src/shared/clock.js';
import { Users } from '../../src/tenants/users.js';
import { ledgerBench, SetClock, statusCallback } from '../support/ledger-builders.js';
import type { TestStore } from '../support/stores.js';
import { expectQuick } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';

const NOON = new Date('2026-03-01T12:00:00.000Z');
const LIFE: readonly CallStatus[] = ['initiated', 'ringing', 'answered', 'completed'];

export function concurrencyContract(store: () => TestStore): void {
  test('40 parallel callbacks of one call, repeated and shuffled: each fact once, the right end', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const { runId } = await run();
    const told = seededRandom().shuffled(
      Array.from({ length: 40 }, (_, index) => index % LIFE.length),
    );
    const outcomes = await Promise.all(
      told.map((sequence) =>
        ledger.change({ runId }, (draft) =>
          draft?.record(statusCallback(LIFE[sequence] ?? 'queued', sequence)),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome !== 'duplicate')).toHaveLength(LIFE.length);
    const events = await ledger.events(runId);
    expect(events).toHaveLength(40);
    const facts = events.filter(({ outcome }) => outcome !== 'duplicate');
    expect(new Set(facts.map(({ sequence }) => sequence))).toEqual(new Set([0, 1, 2, 3]));
    const first = (sequence: number): EventOutcome | undefined => outcomes[told.indexOf(sequence)];
    expect(LIFE.map((_, sequence) => first(sequence))).not.toContain('duplicate');
    expect(await ledger.find({ runId })).toMatchObject({ status: 'completed' });
  });

  test('a burst of 50 calls × 4 callbacks, all at once (the time each waits is printed)', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const runs = await Promise.all(Array.from({ length: 50 }, () => run()));
    const waits: number[] = [];
    const tell = async ({ runId }: CallRun, sequence: number): Promise<void> => {
      const started = performance.now();
      await ledger.change({ runId }, (draft) =>
        draft?.record(statusCallback(LIFE[sequence] ?? 'queued', sequence)),
      );
      waits.push(performance.now() - started);
    };
    const began = performance.now();
    await Promise.all(
      seededRandom()
        .shuffled(runs.flatMap((each) => LIFE.map((_, sequence) => () => tell(each, sequence))))
        .map((start) => start()),
    );
    const took = performance.now() - began;
    const sorted = waits.sort((a, b) => a - b);
    const at = (share: number): string =>
      (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(1);
    process.stderr.write(
      `${store().kind}: 200 callbacks at once in ${took.toFixed(0)} ms, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`,
    );
    const found = await Promise.all(runs.map(({ runId }) => ledger.find({ runId })));
    expect(new Set(found.map((each) => each?.status))).toEqual(new Set(['completed']));
    expectQuick(took, 10_000);
  });

  test('50 parallel requests for one call of a carrier make one run', async () => {
    const { ledger, request } = await ledgerBench(store().database);
    const results = await Promise.all(
      Array.from({ length: 50 }, () => ledger.create(request({ providerCallId: 'CA1' }))),
    );
    expectOneRun(results);
  });

  test('50 parallel requests with one idempotency key make one run', async () => {
    const { ledger, keys, request, userId } = await ledgerBench(store().database);
    const idempotency = { key: 'order-7', bodyHash: 'abc' };
    const results = await Promise.all(
      Array.from({ length: 50 }, () => ledger.create(request({}, { idempotency }))),
    );
    expectOneRun(results);
    expect(await keys.find(userId, 'order-7')).toMatchObject({ bodyHash: 'abc' });
    expect(await keys.find(userId + 1, 'order-7')).toBeNull();
    await keys.sweep(new Date(Date.now() + 1_000));
    expect(await keys.find(userId, 'order-7')).toBeNull();
  });

  test('of several users none gets more than three quarters of the places, the only one gets all', async () => {
    const { database } = store();
    const clock = new SystemClock();
    const bench = await ledgerBench(database, clock);
    const limits = { total: 8, perUser: null };
    const race = async (run: { userId: number; workflowId: number }, count: number) => {
      const results = await Promise.all(
        Array.from({ length: count }, () => bench.ledger.create(bench.request(run, { limits }))),
      );
      return {
        runs: results.flatMap((one) => (one.kind === 'created' ? [one.run] : [])),
        full: results.flatMap((one) =>
          one.kind === 'full' ? [{ of: one.of, limit: one.limit }] : [],
        ),
      };
    };
    const end = (runId: number) =>
      bench.ledger.change({ runId }, (draft) => draft?.record(statusCallback('completed', 3)));
    const { userId, workflowId } = bench;

    const alone = await race({ userId, workflowId }, 12);
    expect(alone.runs).toHaveLength(8);
    expect(alone.full).toEqual(Array.from({ length: 4 }, () => ({ of: 'all', limit: 8 })));

    // From now on there are two: what the first has stays, and it gets no more than its share.
    const other = await new Users(database, clock).create('Other');
    const theirs = { userId: other.userId, workflowId };
    await end(alone.runs[0]?.runId ?? 0);
    expect((await race({ userId, workflowId }, 1)).full).toEqual([{ of: 'user', limit: 6 }]);
    expect((await race(theirs, 3)).runs).toHaveLength(1);
    for (const { runId } of alone.runs.slice(1)) await end(runId);

    const first = await race({ userId, workflowId }, 20);
    expect(first.runs).toHaveLength(6);
    expect(first.full).toEqual(Array.from({ length: 14 }, () => ({ of: 'user', limit: 6 })));
    const second = await race(theirs, 5);
    expect(second.runs).toHaveLength(1);
    expect(second.full).toEqual(Array.from({ length: 4 }, () => ({ of: 'all', limit: 8 })));
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 3],
    [500, 375],
  ])('of %i places one user of several may have %i', (total, share) => {
    expect(shareOf(total)).toBe(share);
  });

  test('50 parallel requests under a limit of 10 make 10 runs', async () => {
    const { ledger, request } = await ledgerBench(store().database);
    const limits = { total: 10, perUser: null };
    const results = await Promise.all(
      Array.from({ length: 50 }, () => ledger.create(request({}, { limits }))),
    );
    expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(10);
    expect(results.filter(({ kind }) => kind === 'full')).toHaveLength(40);
  });

  test('a call that would be dialled too late is not taken; a user with none waiting is next', async () => {
    const { database } = store();
    const clock = new SystemClock();
    const bench = await ledgerBench(database, clock);
    const { userId: otherId } = await new Users(database, clock).create('Other');
    const queue = { perSecond: 1, patienceMs: 2_000 };
    const place = (userId: number) => bench.ledger.create(bench.request({ userId }, { queue }));
    const own = await Promise.all(Array.from({ length: 5 }, () => place(bench.userId)));
    const far = { kind: 'queue-full', waitMs: 3_000 };
    expect(own.slice(3)).toEqual([far, far]);
    expect(await place(bench.userId)).toEqual(far);
    expect(own.slice(0, 3).map(({ kind }) => kind)).toEqual(Array(3).fill('created'));
    // Two of the first user are after it, however late it came.
    const theirs = await place(otherId);
    expect(theirs.kind).toBe('created');

    const dials = new DialQueue(database, bench.leases);
    const account = { key: 'twilio', accountId: 'AC1', callsPerSecond: 1_000 };
    const request = { account, now: clock.now(), createdAfter: new Date(0), leadMs: 0 };
    const claim = await dials.claim(request);
    const order = claim.kind === 'claimed' ? claim.dials.map(({ run }) => run.runId) : [];
    const [first, second, third] = own.map((one) => ('run' in one ? one.run.runId : 0));
    expect(order).toEqual([first, 'run' in theirs ? theirs.run.runId : 0, second, third]);
    expect(await dials.claim(request)).toEqual({ kind: 'empty' });

    // Nor has the other saved up turns while it placed nothing.
    const patient = { queue: { perSecond: 1_000, patienceMs: 60_000 } };
    for (const userId of [bench.userId, bench.userId, otherId, otherId, otherId]) {
      await bench.ledger.create(bench.request({ userId }, patient));
    }
    const next = await dials.claim(request);
    const users = next.kind === 'claimed' ? next.dials.map(({ run }) => run.userId) : [];
    expect(users).toEqual([otherId, bench.userId, otherId, bench.userId, otherId]);
  });

  test('an account that is paused is claimed by nobody, and its queue is longer by the pause', async () => {
    const { database } = store();
    const bench = await ledgerBench(database);
    const dials = new DialQueue(database, bench.leases);
    const queue = { perSecond: 1, patienceMs: 1_000 };
    const account = { key: 'twilio', accountId: 'AC1', callsPerSecond: 1 };
    const request = { account, now: new Date(), createdAfter: new Date(0), leadMs: 0 };
    await bench.ledger.create(bench.request({}, { queue }));
    await dials.pause('twilio', 600_000);
    const claim = await dials.claim(request);
    expect(claim.kind === 'wait' && claim.ms > 500_000).toBe(true);
    const result = await bench.ledger.create(bench.request({}, { queue }));
    expect(result.kind === 'queue-full' && result.waitMs > 500_000).toBe(true);
    // Another account has its own pace.
    const other = await bench.ledger.create(bench.request({ accountKey: 'other' }, { queue }));
    expect(other.kind).toBe('created');
    expect((await dials.claim({ ...request, account: { ...account, key: 'other' } })).kind).toBe(
      'claimed',
    );
  });

  test('a run that is put off, or was dialled or ended, is not claimed', async () => {
    const { database } = store();
    const bench = await ledgerBench(database);
    const dials = new DialQueue(database, bench.leases);
    const queue = { perSecond: 1_000, patienceMs: 60_000 };
    const place = async () => {
      const result = await bench.ledger.create(bench.request({}, { queue }));
      return 'run' in result ? result.run.runId : 0;
    };
    const putOff = await place();
    await dials.putOff(putOff, 600_000);
    const ended = await place();
    await bench.ledger.change({ runId: ended }, (draft) =>
      draft?.record(statusCallback('busy', 1)),
    );
    const told = await place();
    await bench.ledger.change({ runId: told }, (draft) => draft?.adoptCall({ call: 'CA9' }, null));
    const hungUp = await place();
    await bench.ledger.change({ runId: hungUp }, (draft) => draft?.requestHangup('api_hangup'));
    const due = await place();
    const account = { key: 'twilio', accountId: 'AC1', callsPerSecond: 1_000 };
    const request = { account, now: new Date(), createdAfter: new Date(0), leadMs: 0 };
    expect(await dials.claim(request)).toMatchObject({
      dials: [{ run: { runId: due } }],
      dropped: [{ runId: hungUp }],
    });
    await dials.putOff(putOff, -1);
    expect(await dials.claim(request)).toMatchObject({ dials: [{ run: { runId: putOff } }] });
  });

  test('a stream token is spent once, however many come with it', async () => {
    const clock = new SetClock(NOON);
    const { ledger, run } = await ledgerBench(store().database, clock);
    const tokens = new StreamTokens(store().database, clock);
    const { runId } = await run({ providerCallId: 'CA1' });
    const mint = async (token: string): Promise<string> => {
      const tokenHash = createHash('sha256').update(token).digest('hex');
      const expiresAt = new Date(clock.time.getTime() + 120_000);
      await ledger.change({ runId }, (draft) =>
        draft?.mintToken({ tokenHash, providerCallId: 'CA1', expiresAt }),
      );
      return tokenHash;
    };
    const [first, second] = [await mint('first'), await mint('second')];
    const redemptions = await Promise.all(
      Array.from({ length: 20 }, () => tokens.redeem(first, runId, 'CA1')),
    );
    expect(redemptions.sort()).toEqual(['redeemed', ...Array.from({ length: 19 }, () => 'used')]);
    expect(await tokens.redeem(second, runId + 1, 'CA1')).toBe('foreign');
    expect(await tokens.redeem(second, runId, 'CA2')).toBe('foreign');
    expect(await tokens.redeem('no-such-hash', runId, 'CA1')).toBe('unknown');
    clock.advance(120_000);
    expect(await tokens.redeem(second, runId, 'CA1')).toBe('expired');
    clock.advance(86_400_001);
    await tokens.sweep();
    expect(await tokens.redeem(first, runId, 'CA1')).toBe('unknown');
  });

  test('positions are unique and rise in commit order, over all runs', async () => {
    const { ledger, feed, run } = await ledgerBench(store().database);
    const positions: number[] = [];
    feed.subscribe(({ position }) => positions.push(position));
    const runs = await Promise.all(Array.from({ length: 10 }, () => run()));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        seededRandom()
          .shuffled(runs)
          .map(({ runId }) =>
            ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', round))),
          ),
      );
    }
    expect(positions).toHaveLength(110);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
    const last = await Promise.all(runs.map(({ runId }) => ledger.find({ runId })));
    expect(Math.max(...last.map((each) => each?.position ?? 0))).toBe(positions.at(-1));
  });

  test('changed and new runs that share a commit are told in the order of their places; ids rise with the requests', async () => {
    const { ledger, feed, run, request } = await ledgerBench(store().database);
    const old = await run();
    const told: Array<{ runId: number; position: number }> = [];
    feed.subscribe(({ runId, position }) => told.push({ runId, position }));
    const change = ledger.change({ runId: old.runId }, (draft) =>
      draft?.record(statusCallback('ringing', 1)),
    );
    const none = { total: 0, perUser: null };
    const [first, refused, second, third] = await Promise.all([
      ledger.create(request({ providerCallId: 'CA1' })),
      ledger.create(request({}, { limits: none })),
      ledger.create(request({}, { idempotency: { key: 'once', bodyHash: 'hash' } })),
      ledger.create(request()),
    ]);
    await change;
    expect(refused).toMatchObject({ kind: 'full' });
    const made = [first, second, third].map((one) => ('run' in one ? one.run : null));
    const ids = made.map((one) => one?.runId ?? 0);
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
    expect(ids[0]).toBeGreaterThan(old.runId);
    const positions = told.map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
    expect(new Set(told.map(({ runId }) => runId))).toEqual(new Set([old.runId, ...ids]));
    const stored = await Promise.all(ids.map((runId) => ledger.find({ runId })));
    expect(stored).toEqual(made);
    const next = await run();
    expect(next.runId).toBeGreaterThan(Math.max(...ids));
  });

  test('a run counts for the limit of its account from the commit that makes it', async () => {
    const { ledger, run, request } = await ledgerBench(store().database);
    const { runId } = await run();
    const toward = { account: 'other', limit: 1 };
    const [, hadRoom] = await Promise.all([
      ledger.create(request({ accountKey: 'other' })),
      ledger.requeue(runId, toward, (_draft, hasRoom) => hasRoom),
    ]);
    expect(hadRoom).toBe(false);
  });

  test('two parallel answers to the question "whose call is this?" do not both win', async () => {
    const { ledger, run } = await ledgerBench(store().database);
    const [one, two] = [await run(), await run()];
    const results = await Promise.allSettled(
      [one, two].map(({ runId }) =>
        ledger.change({ runId }, (draft) => draft?.adoptCall({ call: 'CA1' }, 'AC1')),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const found = await Promise.all([one, two].map(({ runId }) => ledger.find({ runId })));
    expect(found.filter((each) => each?.providerCallId === 'CA1')).toHaveLength(1);
  });
}

function expectOneRun(results: CreateResult[]): void {
  expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1);
  const runs = results.map((result) => ('run' in result ? result.run.runId : null));
  expect(new Set(runs).size).toBe(1);
  // What is told is what was written.
  const positions = results.map((result) => ('run' in result ? result.run.position : 0));
  expect(Math.min(...positions)).toBeGreaterThan(0);
}
