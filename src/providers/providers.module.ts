import { Module } from '@nestjs/common';
import { AsteriskKind } from './asterisk/asterisk.carrier.js';
import { AsteriskVariables } from './asterisk/asterisk.variables.js';
import type { CarrierKind } from './carrier-kind.js';
import { ProviderRegistry } from './provider-registry.js';
import { SignalWireKind } from './signalwire/signalwire.carrier.js';
import { SignalWireVariables } from './signalwire/signalwire.variables.js';
import { TexmlKind } from './telnyx-texml/texml.carrier.js';
import { TexmlVariables } from './telnyx-texml/texml.variables.js';
import { TelnyxKind } from './telnyx/telnyx.carrier.js';
import { TelnyxVariables } from './telnyx/telnyx.variables.js';
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
      inject: [
        TwilioSettings,
        AsteriskVariables,
        SignalWireVariables,
        TelnyxVariables,
        TexmlVariables,
      ],
      useFactory: (
        twilio: TwilioSettings | null,
        asterisk: AsteriskVariables,
        signalWire: SignalWireVariables,
        telnyx: TelnyxVariables,
        texml: TexmlVariables,
      ): CarrierKind[] => [
        new TwilioKind(twilio),
        new AsteriskKind(asterisk.account()),
        new SignalWireKind(signalWire.account()),
        new TelnyxKind(telnyx.account()),
        new TexmlKind(texml.account()),
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
