import { Module } from '@nestjs/common';
import { AsteriskKind } from './asterisk/asterisk.carrier.js';
import { AsteriskVariables } from './asterisk/asterisk.variables.js';
import type { CarrierKind } from './carrier-kind.js';
import { CloudonixKind } from './cloudonix/cloudonix.carrier.js';
import { CloudonixVariables } from './cloudonix/cloudonix.variables.js';
import { PlivoKind } from './plivo/plivo.carrier.js';
import { PlivoVariables } from './plivo/plivo.variables.js';
import { ExotelKind } from './exotel/exotel.carrier.js';
import { ExotelVariables } from './exotel/exotel.variables.js';
import { ProviderRegistry } from './provider-registry.js';
import { SignalWireKind } from './signalwire/signalwire.carrier.js';
import { SignalWireVariables } from './signalwire/signalwire.variables.js';
import { TexmlKind } from './telnyx-texml/texml.carrier.js';
import { TexmlVariables } from './telnyx-texml/texml.variables.js';
import { TelnyxKind } from './telnyx/telnyx.carrier.js';
import { TelnyxVariables } from './telnyx/telnyx.variables.js';
import { TwilioKind } from './twilio/twilio.carrier.js';
import { TwilioSettings } from './twilio/twilio.settings.js';
import { VobizKind } from './vobiz/vobiz.carrier.js';
import { VobizVariables } from './vobiz/vobiz.variables.js';
import { VonageKind } from './vonage/vonage.carrier.js';
import { VonageVariables } from './vonage/vonage.variables.js';

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
        PlivoVariables,
        VobizVariables,
        TelnyxVariables,
        TexmlVariables,
        ExotelVariables,
        CloudonixVariables,
        VonageVariables,
      ],
      useFactory: (
        twilio: TwilioSettings | null,
        asterisk: AsteriskVariables,
        signalWire: SignalWireVariables,
        plivo: PlivoVariables,
        vobiz: VobizVariables,
        telnyx: TelnyxVariables,
        texml: TexmlVariables,
        exotel: ExotelVariables,
        cloudonix: CloudonixVariables,
        vonage: VonageVariables,
      ): CarrierKind[] => [
        new TwilioKind(twilio),
        new AsteriskKind(asterisk.account()),
        new SignalWireKind(signalWire.account()),
        new PlivoKind(plivo.account()),
        new VobizKind(vobiz.account()),
        new TelnyxKind(telnyx.account()),
        new TexmlKind(texml.account()),
        new ExotelKind(exotel.account()),
        new CloudonixKind(cloudonix.account()),
        new VonageKind(vonage.account()),
      ],
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
