import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { TwilioSettings } from '../config/settings.js';
import { CallControl } from './call-control.js';
import { LostDials } from './lost-dials.js';
import { ProviderRegistry } from './provider-registry.js';
import { Reconciler } from './reconciler.js';
import { TwilioProvider } from './twilio/twilio.provider.js';

/** The one list of carriers: a new one is a folder beside `twilio/` and a line here. */
@Module({
  imports: [CallsModule],
  providers: [
    {
      provide: ProviderRegistry,
      inject: [TwilioSettings],
      useFactory: (twilio: TwilioSettings | null): ProviderRegistry =>
        new ProviderRegistry([new TwilioProvider(twilio)]),
    },
    CallControl,
    LostDials,
    Reconciler,
  ],
  exports: [ProviderRegistry, CallControl],
})
export class ProvidersModule {}
