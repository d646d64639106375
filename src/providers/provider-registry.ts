import type { IncomingHttpHeaders } from 'node:http';
import type { TelephonyProvider } from './telephony-provider.js';

/** The carriers that are plugged in. */
export class ProviderRegistry {
  constructor(private readonly providers: readonly TelephonyProvider[]) {}

  all(): readonly TelephonyProvider[] {
    return this.providers;
  }

  find(name: string): TelephonyProvider | null {
    return this.providers.find((provider) => provider.name === name) ?? null;
  }

  /** Whose request this claims to be; null when it bears no carrier's mark. */
  recognise(headers: IncomingHttpHeaders): TelephonyProvider | null {
    return this.providers.find((provider) => provider.recognises(headers)) ?? null;
  }

  /** The first configured carrier: the one that dials when a request names none. */
  default(): TelephonyProvider | null {
    return this.providers.find((provider) => provider.configured) ?? null;
  }
}
