import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Command } from '../../src/cluster/commands.js';
import { Instance } from '../../src/cluster/instance.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import { StoreClock } from '../../src/database/store-clock.js';
import { StoreTime } from '../../src/database/store-time.js';
import { clusterMember, type ClusterMember } from '../support/cluster-bench.js';
import { PATIENCE_MS, until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const source = await postgresStores();
const PROBE: Command = { kind: 'probe', runId: 7, generation: 2, args: {} };
const END: Command = { kind: 'end', runId: 7, generation: 2, args: { cause: 'call-ended' } };

(source ? describe : describe.skip)('instances that share a PostgreSQL store', () => {
  let store: TestStore;
  let one: ClusterMember;
  let other: ClusterMember;

  beforeEach(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    const url = store.env['DATABASE_URL'] ?? '';
    // So that the first one finds a schema that is up to date, and nobody else there.
    one = await clusterMember(url, 'api-1');
    other = await clusterMember(url, 'api-2');
    await until(async () => (await one.bus.roundTrip(500)) !== null);
    await until(async () => (await other.bus.roundTrip(500)) !== null);
    one.cluster.announce();
    await until(() => !one.cluster.isAlone && !other.cluster.isAlone);
  });
  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()]);
    await store.remove();
  });
  afterAll(() => source?.dispose());

  const openCommands = async (): Promise<number> => {
    const { count } = await store.database.read((db) =>
      db
        .selectFrom('commands')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('done_at', 'is', null)
        .executeTakeFirstOrThrow(),
    );
    return count;
  };

  test('each knows the store’s time from its beats, and asks for it no more', async () => {
    const storeClock = new StoreClock();
    const leases = new StoreLeases(one.database, new Instance('api-3'), storeClock);
    const time = new StoreTime(storeClock);
    const began = performance.now();
    await leases.beat();
    const uncertainMs = performance.now() - began + 1;
    const { now } = await one.database.read((db) =>
      db.selectNoFrom(one.database.engine.now().as('now')).executeTakeFirstOrThrow(),
    );
    const sinceMs = time.now().getTime() - now;
    expect(sinceMs).toBeGreaterThanOrEqual(-uncertainMs);
    expect(sinceMs).toBeLessThanOrEqual(uncertainMs + performance.now() - began);
    await leases.leave();
  });

  describe('whose clock is in our hands', () => {
    let now = 0;
    let leases: StoreLeases;
    beforeEach(async () => {
      // Whole, so that sums of it are exact.
      now = Math.ceil(performance.now());
      jest.spyOn(performance, 'now').mockImplementation(() => now);
      leases = new StoreLeases(one.database, new Instance('api-3'));
      await leases.beat();
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });

    test('one that could not renew for 4 s claims nothing until it has renewed', async () => {
      now += 3_999;
      expect([leases.fenced, await leases.takeJob('sweep', 60_000)]).toEqual([false, true]);
      now += 1;
      expect([leases.fenced, await leases.takeJob('sweep', 60_000)]).toEqual([true, false]);
      await leases.beat();
      expect([leases.fenced, await leases.takeJob('sweep', 60_000)]).toEqual([false, true]);
    });

    test('one takes nothing over before it has renewed unbroken for a whole lease', async () => {
      const silent = { instance_id: 'silent', name: 'api-0', lease_until: Date.now() - 10_000 };
      await store.database.write((trx) => trx.insertInto('instances').values(silent).execute());
      const isGone = async (id: string): Promise<unknown> => {
        const { rows } = await store.database.read((db) =>
          sql<{ gone: boolean }>`select ${leases.isGone('holder')} as gone
            from (select cast(${id} as text) as holder) claim`.execute(db),
        );
        return rows[0]?.gone;
      };
      for (let beat = 0; beat < 3; beat += 1) {
        // Who has left is gone; of who is silent we cannot tell yet.
        expect([await isGone('nobody'), await isGone('silent')]).toEqual([true, false]);
        now += 2_000;
        await leases.beat();
      }
      expect([await isGone('silent'), await isGone(other.instance.id)]).toEqual([true, false]);
    });
  });

  test('a nudge reaches the instance it is for, and one of the feed reaches all', async () => {
    const heard: string[] = [];
    one.bus.onNudge('instance', () => heard.push('one'));
    other.bus.onNudge('instance', () => heard.push('other'));
    const unsubscribe = other.bus.onNudge('feed', () => heard.push('other feed'));
    one.bus.onNudge('feed', () => heard.push('one feed'));
    one.bus.nudge({ instance: other.instance.id });
    await until(() => heard.length === 1);
    one.bus.nudge('feed');
    await until(() => heard.length === 3);
    expect(heard.sort()).toEqual(['one feed', 'other', 'other feed']);
    unsubscribe();
    one.bus.nudge('feed');
    await until(() => heard.length === 4);
    expect(heard.at(-1)).toBe('one feed');
  });

  test('a command is carried out by its instance alone, and the reply comes back', async () => {
    const asked: Command[] = [];
    other.commands.handle('probe', (command) => {
      asked.push(command);
      return { audio_ago_ms: 20 };
    });
    one.commands.handle('probe', () => ({ audio_ago_ms: 1 }));
    const { id } = other.instance;
    expect(await one.commands.ask(id, PROBE, PATIENCE_MS)).toEqual({ audio_ago_ms: 20 });
    expect(asked).toEqual([PROBE]);
    // To oneself it goes without the store.
    expect(await one.commands.ask(one.instance.id, PROBE, 1)).toEqual({ audio_ago_ms: 1 });
    expect(await openCommands()).toBe(0);
  });

  test('nobody is waited for who is not alive, does not know the kind, or fails', async () => {
    other.commands.handle('quality', () => {
      throw new Error('broken');
    });
    const { id } = other.instance;
    const asked = (kind: string, to = id) =>
      one.commands.ask(to, { ...PROBE, kind: kind as Command['kind'] }, PATIENCE_MS);
    expect(await asked('quality')).toBeNull();
    expect(await asked('of-a-later-release')).toBeNull();
    const ignored = other.lines.filter(({ event }) => event === 'command.ignored');
    expect(ignored).toMatchObject([{ kind: 'of-a-later-release', version: 1 }]);
    expect(await asked('probe', 'nobody')).toBeNull();
    expect(other.lines.map(({ event }) => event)).toContain('command.failed');
    await one.commands.send('nobody', END);
    expect(await openCommands()).toBe(0);
  });

  test('one whose connection is gone is told, and not waited for', async () => {
    other.commands.handle('probe', () => ({ audio_ago_ms: 1 }));
    const { id } = other.instance;
    const carriedOut: string[] = [];
    other.commands.handle('end', ({ kind }) => {
      carriedOut.push(kind);
      return {};
    });
    await other.cluster.onModuleInit();
    await other.bus.onApplicationShutdown();
    // PostgreSQL ends its side when it has read that ours is over.
    await until(async () => (await one.commands.ask(id, PROBE, PATIENCE_MS)) === null);
    await one.commands.send(id, END);
    await until(() => carriedOut.length === 1);
  });

  test('one that does not answer in time is given up, and does not carry out what has expired', async () => {
    let answer: () => void = () => undefined;
    const carriedOut: string[] = [];
    other.commands.handle('probe', async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return {};
    });
    other.commands.handle('end', ({ kind }) => {
      carriedOut.push(kind);
      return {};
    });
    expect(await one.commands.ask(other.instance.id, PROBE, 50)).toBeNull();
    answer();
    const row = {
      run_id: 1,
      generation: 1,
      kind: 'end',
      args: '{"version":1}',
      instance_id: other.instance.id,
    };
    await store.database.write((trx) =>
      trx
        .insertInto('commands')
        .values([
          { ...row, expires_at: Date.now() - 60_000 },
          { ...row, expires_at: Date.now() + 600_000 },
        ])
        .execute(),
    );
    // There was no nudge: the look of each second finds it.
    await until(() => carriedOut.length === 1);
    await one.commands.send(other.instance.id, END);
    await until(() => carriedOut.length === 2);
  });

  test('a command of another release’s form is ignored, with one line in the log', async () => {
    const carriedOut: unknown[] = [];
    other.commands.handle('end', ({ args }) => {
      carriedOut.push(args);
      return {};
    });
    const row = { instance_id: other.instance.id, run_id: 1, generation: 1, kind: 'end' };
    const expires_at = Date.now() + 600_000;
    const args = [
      '{"version":2,"cause":"news"}',
      '{"cause":"old"}',
      '{"version":1,"cause":"stop"}',
    ];
    await store.database.write((trx) =>
      trx
        .insertInto('commands')
        .values(args.map((text) => ({ ...row, args: text, expires_at })))
        .execute(),
    );
    await until(async () => (await openCommands()) === 0);
    expect(carriedOut).toEqual([{ cause: 'stop' }]);
    const ignored = other.lines.filter(({ event }) => event === 'command.ignored');
    expect(ignored).toMatchObject([
      { kind: 'end', version: 2 },
      { kind: 'end', version: null },
    ]);
  });

  test('what is sent while no connection listens is carried out all the same', async () => {
    const runs = new Set<number>();
    other.commands.handle('end', ({ runId }) => {
      runs.add(runId);
      return {};
    });
    const cut = async (): Promise<void> => {
      await store.database.read((db) =>
        sql`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'patchbay bus' and datname = current_database()`.execute(db),
      );
    };
    for (let runId = 1; runId <= 30; runId += 1) {
      if (runId % 10 === 5) await cut();
      await one.commands.send(other.instance.id, { ...END, runId });
    }
    await until(() => runs.size === 30);
    let back = 0;
    other.bus.onNudge('instance', () => (back += 1));
    await cut();
    // Who listens is told once it is back, since a nudge may have been lost.
    await until(() => back > 0);
    await until(async () => (await other.bus.roundTrip(1_000)) !== null);
    expect(other.lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['bus.lost', 'bus.back']),
    );
  });
});
