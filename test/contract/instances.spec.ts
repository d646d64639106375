import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Heartbeat } from '../../src/cluster/heartbeat.js';
import { Instance } from '../../src/cluster/instance.js';
import { LapsedInstances } from '../../src/cluster/lapsed-instances.js';
import { ALIVE_MS } from '../../src/cluster/leases.js';
import { Presence } from '../../src/cluster/presence.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import { AccessSettings, LimitSettings } from '../../src/config/settings.js';
import { newestMigration } from '../../src/database/migrations.js';
import { packageVersion } from '../../src/shared/package-version.js';
import { Draining } from '../../src/shared/draining.js';
import { sha256 } from '../../src/shared/sha256.js';
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
          leaseAgeMs: expect.any(Number),
          schema: newestMigration(store.kind),
          mediaHash: null,
          keyHash: sha256('a-key-of-24-characters-xx'),
        },
      ]);
      expect(cluster.members()[0]?.leaseAgeMs).toBeLessThan(ALIVE_MS);
      expect(cluster.leaseAgeMs).toBeGreaterThanOrEqual(0);
      presence.hasMedia('of the sounds');
      cluster.announce();
      await until(() => cluster.members()[0]?.mediaHash === 'of the sounds');
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
      const leases = new StoreLeases(store.database, new Instance('api-1'));
      // The first beat where one instance has the store to itself removes such a row.
      await leases.beat();
      await store.database.write((trx) =>
        trx
          .insertInto('instances')
          .values({
            instance_id: 'old',
            name: 'api-0',
            exclusive: 1,
            lease_until: Date.now() + HOUR_MS,
          })
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
        leaseAgeMs: 0,
        schema: null,
        mediaHash: null,
        keyHash: null,
      });
    });

    test('one that has not renewed for six seconds is told of as silent, and one that left is not', async () => {
      const { cluster } = await start('api-1');
      const lapsed = new LapsedInstances(store.database);
      expect(await lapsed.find()).toEqual([]);
      const lease_until = sql<number>`${store.database.engine.now()} - 1000`;
      await store.database.write((trx) =>
        trx
          .insertInto('instances')
          .values({ instance_id: 'a', name: 'api-2', lease_until })
          .execute(),
      );
      const [silent, ...rest] = await lapsed.find();
      expect([silent?.name, rest]).toEqual(['api-2', []]);
      expect(silent?.silentMs).toBeGreaterThanOrEqual(ALIVE_MS + 1_000);
      expect(cluster.members().map(({ name }) => name)).toEqual(['api-1']);
    });
  });
}
