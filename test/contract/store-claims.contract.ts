import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { EventDeliveries } from '../../src/calls/events-out/event-deliveries.js';
import { EventEndpoints } from '../../src/calls/events-out/event-endpoints.js';
import { DialQueue } from '../../src/calls/dialling/dial-queue.js';
import { LeftDials } from '../../src/calls/dialling/left-dials.js';
import { LiveRuns } from '../../src/calls/ledger/live-runs.js';
import { Instance } from '../../src/cluster/instance.js';
import type { Leases } from '../../src/cluster/leases.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import type { Database } from '../../src/database/database.js';
import { Turns } from '../../src/doctor/turns.js';
import { callEvent } from '../../src/calls/ledger/call-event.js';
import { ledgerBench, SetClock } from '../support/ledger-builders.js';
import type { TestStore } from '../support/stores.js';

/**
 * Work that several instances on one store divide among themselves, whatever engine keeps their leases.
 *
 * @param leasesOf those of an instance more
 */
export function claimsContract(
  store: () => TestStore,
  leasesOf = (database: Database): Leases => new StoreLeases(database, new Instance()),
): void {
  const start = new Date('2026-03-01T12:00:00.000Z');

  /** A bench, and two instances that live. */
  const open = async () => {
    const { database } = store();
    const clock = new SetClock(start);
    const bench = await ledgerBench(database, clock);
    const instance = async () => {
      const leases = leasesOf(database);
      await leases.beat();
      return {
        leases,
        runs: new LiveRuns(database, leases),
        deliveries: new EventDeliveries(database, leases, clock),
      };
    };
    const [one, other] = [await instance(), await instance()];
    // On SQLite, the first beat of an instance ends those before it.
    await one.leases.beat();
    return { ...bench, database, clock, one, other };
  };
  const ids = (runs: ReadonlyArray<{ runId: number }>) => runs.map(({ runId }) => runId);

  test('where one has the lock it removes those that had it before; where several live, none ends another', async () => {
    const { database } = store();
    const lease_until = sql<number>`${database.engine.now()} + 60000`;
    const before = [
      { instance_id: 'had the lock', name: 'here', lease_until, exclusive: 1 },
      { instance_id: 'needs none', name: 'there', lease_until, exclusive: 0 },
    ];
    await database.write((trx) => trx.insertInto('instances').values(before).execute());
    const leases = leasesOf(database);
    await leases.beat();
    await leases.beat();
    const rows = await database.read((db) =>
      db
        .selectFrom('instances')
        .select('instance_id')
        .where('instance_id', '!=', leases.holder)
        .orderBy('instance_id')
        .execute(),
    );
    expect(rows.map(({ instance_id }) => instance_id)).toEqual(
      database.exclusive ? ['needs none'] : ['had the lock', 'needs none'],
    );
    // A release that has the lock removes only those that had it, and so not this one.
    const ours = await database.read((db) =>
      db
        .selectFrom('instances')
        .select('exclusive')
        .where('instance_id', '=', leases.holder)
        .executeTakeFirst(),
    );
    expect(ours).toEqual({ exclusive: database.exclusive ? 1 : 0 });
  });

  test('runs that are due are claimed by one, in batches, and free again when they are given back', async () => {
    const { clock, run, one, other } = await open();
    const made: number[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await run()).runId);
    clock.advance(600_000);
    const first = await one.runs.claimDue(clock.time, 3, []);
    const second = await other.runs.claimDue(clock.time, 3, []);
    expect([...ids(first), ...ids(second)].sort((a, b) => a - b)).toEqual(made);
    expect(await other.runs.claimDue(clock.time, 3, ids(second))).toEqual([]);
    // What is another one's is not given back for it.
    await other.runs.giveBack(made);
    expect(ids(await one.runs.claimDue(clock.time, 9, ids(first)))).toEqual(ids(second));
  });

  test('two that claim at the same time never get the same', async () => {
    const { clock, run, one, other } = await open();
    const made: number[] = [];
    for (let count = 0; count < 30; count += 1) made.push((await run()).runId);
    clock.advance(600_000);
    // What is one's own is no claim to oneself, so each asks once.
    const claims = await Promise.all(
      [one, other].map(({ runs }) => runs.claimDue(clock.time, 20, [])),
    );
    expect(new Set(ids(claims.flat())).size).toBe(claims.flat().length);
    const rest = await other.runs.claimDue(clock.time, 30, ids(claims[1] ?? []));
    expect(ids([...claims.flat(), ...rest]).sort((a, b) => a - b)).toEqual(made);
  });

  test('what an instance had claimed is free when it is gone', async () => {
    const { clock, run, one, other } = await open();
    const { runId } = await run();
    clock.advance(600_000);
    expect(ids(await one.runs.claimDue(clock.time, 3, []))).toEqual([runId]);
    expect(await other.runs.claimDue(clock.time, 3, [])).toEqual([]);
    await one.leases.leave();
    expect(ids(await other.runs.claimDue(clock.time, 3, []))).toEqual([runId]);
  });

  test('deliveries are claimed by one, until they are concluded or given back', async () => {
    const { database, clock, ledger, run, userId, one, other } = await open();
    const fields = { url: 'https://a.example/', workflowId: null, types: [], enabled: true };
    const endpoint = await new EventEndpoints(database, clock).create(userId, fields);
    const endpointId = endpoint?.endpointId ?? 0;
    const { runId } = await run();
    await ledger.change({ runId }, (draft) =>
      draft?.record(callEvent({ type: 'status', source: 'api', status: 'failed' })),
    );
    const claim = async (by: typeof one, except: number[] = []) =>
      (await by.deliveries.claim(endpointId, 9, except)).map(({ deliveryId }) => deliveryId);
    const [first = 0, second = 0, ...more] = await claim(one);
    expect([second > first, more]).toEqual([true, []]);
    expect(await claim(other)).toEqual([]);
    await other.deliveries.giveBack(first);
    expect(await claim(other)).toEqual([]);
    await one.deliveries.giveBack(first);
    expect(await claim(other)).toEqual([first]);
    const failed = { delivered: false, status: 500, error: 'x', nextAt: clock.time };
    await one.deliveries.concluded(second, failed);
    expect(await claim(other, [first])).toEqual([second]);
  });

  test('a run in the memory of an instance of version 0.2.0 is in everybody’s queue when that is gone', async () => {
    const { database, ledger, request, run, one, other } = await open();
    const held = { dialInstance: one.leases.holder };
    const result = await ledger.create(request({}, { begin: (draft) => draft.change(held) }));
    if (result.kind !== 'created') throw new Error('no run');
    const dialled = await run();
    await ledger.change({ runId: dialled.runId }, (draft) => draft?.change({ dialledAt: start }));
    const left = new LeftDials(database, other.leases);
    const queue = new DialQueue(database, other.leases);
    await one.leases.beat();
    await left.adopt(['twilio']);
    expect(await queue.waiting()).toEqual([]);
    await one.leases.leave();
    await left.adopt(['another']);
    expect(await queue.waiting()).toEqual([]);
    await left.adopt(['twilio']);
    expect(await queue.waiting()).toEqual([{ account: 'twilio', ours: 0 }]);
    const claim = { now: start, createdAfter: new Date(0), leadMs: 0 };
    const account = { key: 'twilio', accountId: 'AC2', callsPerSecond: 1 };
    expect(await queue.claim({ ...claim, account })).toMatchObject({
      kind: 'claimed',
      dials: [{ run: { runId: result.run.runId } }],
      dropped: [],
    });
    expect(await ledger.find({ runId: result.run.runId })).toMatchObject({
      dialledAt: start,
      dialInstance: other.leases.holder,
      accountId: 'AC2',
    });
    expect(await queue.claim({ ...claim, account })).toEqual({ kind: 'empty' });
  });

  test('a job is one instance’s, which keeps it, until it is gone', async () => {
    const { one, other } = await open();
    expect(await one.leases.takeJob('sweep', 60_000)).toBe(true);
    expect(await other.leases.takeJob('sweep', 60_000)).toBe(false);
    expect(await one.leases.takeJob('sweep', 60_000)).toBe(true);
    expect(await other.leases.takeJob('another', 60_000)).toBe(true);
    await one.leases.leave();
    expect(await other.leases.takeJob('sweep', 60_000)).toBe(true);
  });

  test('a lease that is over is free, although its holder lives', async () => {
    const { one, other } = await open();
    expect(await one.leases.takeJob('sweep', -1)).toBe(true);
    expect(await other.leases.takeJob('sweep', 60_000)).toBe(true);
    expect(await one.leases.takeJob('sweep', 60_000)).toBe(false);
  });

  test('a job that was given back is free at once, and only its holder gives it back', async () => {
    const { one, other } = await open();
    expect(await one.leases.takeJob('sweep', 600_000)).toBe(true);
    await other.leases.giveJob('sweep');
    expect(await other.leases.takeJob('sweep', 600_000)).toBe(false);
    await one.leases.giveJob('sweep');
    expect(await other.leases.takeJob('sweep', 600_000)).toBe(true);
  });

  test('the doctor’s work has one turn, over all instances and at each of them', async () => {
    const { one, other } = await open();
    const [here, there] = [new Turns(one.leases), new Turns(other.leases)];
    const giveBack = await here.take('repair', 600_000);
    expect(giveBack).not.toBeNull();
    expect(await here.take('repair', 600_000)).toBeNull();
    expect(await there.take('repair', 600_000)).toBeNull();
    expect(await there.take('full-run', 600_000)).not.toBeNull();
    await giveBack?.();
    expect(await there.take('repair', 600_000)).not.toBeNull();
    expect(await here.take('repair', 600_000)).toBeNull();
  });
}
