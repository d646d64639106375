import { Module } from '@nestjs/common';
import { ProviderRegistry } from './provider-registry.js';
import { TwilioProvider } from './twilio/twilio.provider.js';
import { TwilioSettings } from './twilio/twilio.settings.js';

/** The one list of carriers: a new one is a folder beside `twilio/` and a line here. */
@Module({
  providers: [
    {
      provide: ProviderRegistry,
      inject: [TwilioSettings],
      useFactory: (twilio: TwilioSettings | null): ProviderRegistry =>
        new ProviderRegistry([new TwilioProvider(twilio)]),
    },
  ],
  exports: [ProviderRegistry],
})
export class ProvidersModule {}
