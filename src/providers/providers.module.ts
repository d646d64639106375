import { Module } from '@nestjs/common';
import type { CarrierKind } from './carrier-kind.js';
import { CARRIERS } from './carriers.js';
import { ProviderRegistry } from './provider-registry.js';

/** Every carrier that is plugged in, as {@link CarrierKind}s. */
export const CARRIER_KINDS = Symbol('CARRIER_KINDS');

@Module({
  providers: [
    {
      provide: CARRIER_KINDS,
      inject: CARRIERS.map(({ section }) => section),
      useFactory: (...settings: unknown[]): CarrierKind[] =>
        CARRIERS.map(({ kindOf }, at) => kindOf(settings[at])),
    },
    {
      provide: ProviderRegistry,
      inject: [CARRIER_KINDS],
      useFactory: (kinds: readonly CarrierKind[]) => new ProviderRegistry(kinds),
    },
  ],
  exports: [ProviderRegistry, CARRIER_KINDS],
})
export class ProvidersModule {}
