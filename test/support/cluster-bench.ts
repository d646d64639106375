import { CommandRows } from '../../src/cluster/command-rows.js';
import { Heartbeat } from '../../src/cluster/heartbeat.js';
import { Instance } from '../../src/cluster/instance.js';
import { PostgresBus } from '../../src/cluster/postgres-bus.js';
import { Presence } from '../../src/cluster/presence.js';
import { StoreCommands } from '../../src/cluster/store-commands.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import { AccessSettings, LimitSettings } from '../../src/config/settings.js';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { Draining } from '../../src/shared/draining.js';
import { listeningLog, type LogLine } from './listening-log.js';

/** The cluster's part of one instance, on a store that several share. */
export interface ClusterMember {
  database: PostgresDatabase;
  instance: Instance;
  leases: StoreLeases;
  cluster: Heartbeat;
  bus: PostgresBus;
  commands: StoreCommands;
  /** Log lines since its start. */
  lines: LogLine[];
  stop(): Promise<void>;
}

/** @param directUrl where the bus connects; by default where the queries go */
export async function clusterMember(
  url: string,
  name: string,
  directUrl: string = url,
): Promise<ClusterMember> {
  const { log, lines } = listeningLog();
  const database = new PostgresDatabase(url, { deadlineMs: 30_000 });
  await database.open();
  const instance = new Instance(name);
  const draining = new Draining();
  const presence = new Presence(
    instance,
    draining,
    new LimitSettings(),
    database,
    new AccessSettings(),
  );
  presence.isListening();
  const leases = new StoreLeases(database, instance);
  const cluster = new Heartbeat(leases, instance, presence, draining, log);
  const bus = new PostgresBus(directUrl, instance.id, database, presence, log);
  const rows = new CommandRows(database);
  const commands = new StoreCommands(rows, bus, cluster, leases, instance, log);
  await cluster.onModuleInit();
  bus.onModuleInit();
  commands.onApplicationBootstrap();
  return {
    database,
    instance,
    leases,
    cluster,
    bus,
    commands,
    lines,
    stop: async () => {
      await commands.beforeApplicationShutdown();
      await cluster.beforeApplicationShutdown();
      await bus.onApplicationShutdown();
      await database.close();
    },
  };
}
