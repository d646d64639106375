import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Heartbeat } from '../../src/cluster/heartbeat.js';
import { Instance } from '../../src/cluster/instance.js';
import { Presence } from '../../src/cluster/presence.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import { AccessSettings, LimitSettings } from '../../src/config/settings.js';
import { packageVersion } from '../../src/shared/package-version.js';
import { Draining } from '../../src/shared/draining.js';
import { listeningLog } from '../support/listening-log.js';
import { until } from '../support/patience.js';
import { postgresStores, sqliteStores, type TestStore } from '../support/stores.js';

const postgres = await postgresStores();
const HOUR_MS = 3_600_000;

for (const source of [sqliteStores, ...(postgres ? [postgres] : [])]) {
  describe(`instances on ${source.kind}`, () => {
    let store: TestStore;
    const open: Heartbeat[] = [];

    beforeEach(async () => {
      store = await source.create();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((cluster) => cluster.beforeApplicationShutdown()));
      await store.remove();
    });
    afterAll(() => source.dispose());

    const start = async (name: string, capacity = 5) => {
      const { database } = store;
      const instance = new Instance(name);
      const draining = new Draining();
      const limits = new LimitSettings({ maxConcurrentCalls: capacity });
      const access = new AccessSettings({ apiKey: 'a-key-of-24-characters-xx' });
      const presence = new Presence(instance, draining, limits, database, access);
      const leases = new StoreLeases(database, instance);
      const { log } = listeningLog();
      const cluster = new Heartbeat(leases, instance, presence, draining, log);
      await cluster.onModuleInit();
      open.push(cluster);
      return { cluster, instance, presence, draining };
    };

    test('an instance tells what it is, what it does and how much room it has', async () => {
      const { cluster, instance, presence, draining } = await start('api-1');
      expect(cluster.members()).toEqual([
        {
          id: instance.id,
          name: 'api-1',
          version: packageVersion(),
          state: 'starting',
          streams: 0,
          capacity: 5,
          startedAt: instance.startedAt,
          clockOffsetMs: 0,
        },
      ]);
      presence.countStreams(() => 3);
      presence.isListening();
      cluster.announce();
      await until(() => cluster.members()[0]?.state === 'ready');
      expect(cluster.members()[0]?.streams).toBe(3);
      draining.start();
      await until(() => cluster.members()[0]?.state === 'draining');
      draining.move();
      await until(() => cluster.members()[0]?.state === 'moving');
    });

    test('it sees the others, whether they are ready and have room, and that they are gone', async () => {
      const one = await start('api-1');
      const other = await start('api-2');
      // Where one instance has the store to itself, the one that starts ends those before it.
      one.cluster.announce();
      await until(() => one.cluster.members().length === 2);
      expect(one.cluster.isAlive(other.instance.id)).toBe(true);
      expect([one.cluster.isAlone, one.cluster.hasReadyOther]).toEqual([false, false]);
      other.presence.isListening();
      other.cluster.announce();
      await until(() => one.cluster.hasReadyOther);
      other.presence.countStreams(() => 5);
      other.cluster.announce();
      await until(() => !one.cluster.hasReadyOther);
      await other.cluster.beforeApplicationShutdown();
      await until(() => one.cluster.members().length === 1);
      expect(one.cluster.isAlive(other.instance.id)).toBe(false);
      // What it once told may still be on its way.
      expect(one.cluster.isAlone).toBe(false);
    });

    test('a row of a release that tells nothing but that it lives is one of a ready instance', async () => {
      await store.database.write((trx) =>
        trx
          .insertInto('instances')
          .values({ instance_id: 'old', name: 'api-0', exclusive: 1, lease_until: Date.now() + HOUR_MS })
          .execute(),
      );
      const leases = new StoreLeases(store.database, new Instance('api-1'));
      const members = await leases.beat();
      // The first beat where one instance has the store to itself.
      expect(members.map(({ name }) => name)).toEqual(['api-1']);
      await store.database.write((trx) =>
        trx
          .insertInto('instances')
          .values({ instance_id: 'old', name: 'api-0', lease_until: Date.now() + HOUR_MS })
          .execute(),
      );
      expect(await leases.beat()).toContainEqual({
        id: 'old',
        name: 'api-0',
        version: '0.2.0',
        state: 'ready',
        streams: 0,
        capacity: 0,
        startedAt: new Date(0),
        clockOffsetMs: 0,
      });
    });
  });
}
