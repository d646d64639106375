import { Global, Module } from '@nestjs/common';
import { Heartbeat } from './heartbeat.js';
import { Instance } from './instance.js';
import { Leases } from './leases.js';
import { StoreLeases } from './store-leases.js';

/** Divides the work where several processes share a store. */
@Global()
@Module({
  providers: [Instance, { provide: Leases, useClass: StoreLeases }, Heartbeat],
  exports: [Instance, Leases],
})
export class ClusterModule {}
