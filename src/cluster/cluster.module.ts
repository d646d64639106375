import { Global, Module } from '@nestjs/common';
import { CallCapacity } from './call-capacity.js';
import { ClusterSettings, StoreSettings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Log } from '../shared/logger.js';
import { Bus } from './bus.js';
import { Cluster } from './cluster.js';
import { CommandRows } from './command-rows.js';
import { Commands } from './commands.js';
import { Heartbeat } from './heartbeat.js';
import { Instance } from './instance.js';
import { LapsedInstances } from './lapsed-instances.js';
import { Leases } from './leases.js';
import { LocalBus } from './local-bus.js';
import { NatsBus } from './nats-bus.js';
import { PostgresBus } from './postgres-bus.js';
import { Presence } from './presence.js';
import { StoreCommands } from './store-commands.js';
import { StoreLeases } from './store-leases.js';

function busFor(
  database: Database,
  { databaseDirectUrl, natsServers }: ClusterSettings,
  { databaseUrl }: StoreSettings,
  { id }: Instance,
  presence: Presence,
  log: Log,
): Bus {
  const url = databaseDirectUrl ?? databaseUrl;
  if (database.exclusive || url === null) return new LocalBus(id, log);
  if (natsServers !== null) return new NatsBus(natsServers, id, log);
  return new PostgresBus(url, id, database, presence, log);
}

/** Divides the work where several processes share a store. */
@Global()
@Module({
  providers: [
    Presence,
    CallCapacity,
    { provide: Leases, useClass: StoreLeases },
    Heartbeat,
    { provide: Cluster, useExisting: Heartbeat },
    {
      provide: Bus,
      inject: [Database, ClusterSettings, StoreSettings, Instance, Presence, Log],
      useFactory: busFor,
    },
    LapsedInstances,
    CommandRows,
    { provide: Commands, useClass: StoreCommands },
  ],
  exports: [Presence, Leases, CallCapacity, Cluster, Bus, Commands, LapsedInstances],
})
export class ClusterModule {}
