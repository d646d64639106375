import { Global, Module } from '@nestjs/common';
import { CallCapacity, OwnCapacity } from './call-capacity.js';
import { Heartbeat } from './heartbeat.js';
import { Instance } from './instance.js';
import { Leases } from './leases.js';
import { StoreLeases } from './store-leases.js';

/** Divides the work where several processes share a store. */
@Global()
@Module({
  providers: [
    Instance,
    { provide: Leases, useClass: StoreLeases },
    { provide: CallCapacity, useClass: OwnCapacity },
    Heartbeat,
  ],
  exports: [Instance, Leases, CallCapacity],
})
export class ClusterModule {}
