import type { CarrierKind } from './carrier-kind.js';
import { CARRIER_KINDS, ProvidersModule } from './providers.module.js';
import { TwilioSettings } from './twilio/twilio.settings.js';

interface Factory {
  provide: unknown;
  inject?: unknown[];
  useFactory?: (...args: unknown[]) => CarrierKind[];
}

/**
 * The carriers of the one list, as they are with nothing configured: for pages that are made without
 * a service.
 */
export function everyKind(): readonly CarrierKind[] {
  const providers = Reflect.getMetadata('providers', ProvidersModule) as Factory[];
  const { inject = [], useFactory } =
    providers.find(({ provide }) => provide === CARRIER_KINDS) ?? ({} as Partial<Factory>);
  if (!useFactory) throw new Error('there is no list of carriers');
  // Of Twilio an account is injected, of all others the variables.
  const absent = inject.map((section) =>
    section === TwilioSettings ? null : new (section as new () => unknown)(),
  );
  return useFactory(...absent);
}
