import { Module } from '@nestjs/common';
import { TwilioSettings } from '../config/settings.js';
import { ProviderRegistry } from './provider-registry.js';
import { TwilioProvider } from './twilio/twilio.provider.js';

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
