import { Global, Module } from '@nestjs/common';
import { ClusterSettings } from '../config/settings.js';
import { Cluster } from './cluster.js';
import { Heartbeat } from './heartbeat.js';
import { Instance } from './instance.js';
import { Leases } from './leases.js';
import { Presence } from './presence.js';
import { StoreLeases } from './store-leases.js';

/** Divides the work where several processes share a store. */
@Global()
@Module({
  providers: [
    {
      provide: Instance,
      inject: [ClusterSettings],
      useFactory: ({ instanceName }: ClusterSettings) => new Instance(instanceName ?? undefined),
    },
    Presence,
    { provide: Leases, useClass: StoreLeases },
    Heartbeat,
    { provide: Cluster, useExisting: Heartbeat },
  ],
  exports: [Instance, Presence, Leases, Cluster],
})
export class ClusterModule {}
