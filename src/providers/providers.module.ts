import { Module } from '@nestjs/common';
import { AsteriskKind } from './asterisk/asterisk.carrier.js';
import { AsteriskVariables } from './asterisk/asterisk.variables.js';
import type { CarrierKind } from './carrier-kind.js';
import { ExotelKind } from './exotel/exotel.carrier.js';
import { ExotelVariables } from './exotel/exotel.variables.js';
import { ProviderRegistry } from './provider-registry.js';
import { SignalWireKind } from './signalwire/signalwire.carrier.js';
import { SignalWireVariables } from './signalwire/signalwire.variables.js';
import { TwilioKind } from './twilio/twilio.carrier.js';
import { TwilioSettings } from './twilio/twilio.settings.js';

/**
 * Every carrier that is plugged in, as {@link CarrierKind}s. The first account dials where a
 * request names none.
 */
export const CARRIER_KINDS = Symbol('CARRIER_KINDS');

/** The one list of carriers: a new one is a folder beside `twilio/` and a line here. */
@Module({
  providers: [
    {
      provide: CARRIER_KINDS,
      inject: [TwilioSettings, AsteriskVariables, SignalWireVariables, ExotelVariables],
      useFactory: (
        twilio: TwilioSettings | null,
        asterisk: AsteriskVariables,
        signalWire: SignalWireVariables,
        exotel: ExotelVariables,
      ): CarrierKind[] => [
        new TwilioKind(twilio),
        new AsteriskKind(asterisk.account()),
        new SignalWireKind(signalWire.account()),
        new ExotelKind(exotel.account()),
      ],
    },
    {
      provide: ProviderRegistry,
      inject: [CARRIER_KINDS],
      useFactory: (kinds: readonly CarrierKind[]) => new ProviderRegistry(kinds),
    },
  ],
  exports: [ProviderRegistry],
})
export class ProvidersModule {}
