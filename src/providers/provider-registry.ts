import type { IncomingHttpHeaders } from 'node:http';
import type { CallRun } from '../calls/ledger/call-run.js';
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

  /**
   * The carrier that can be asked about a run's call; null where it is not
   * configured, or with another account than the call belongs to: asked under a
   * wrong account, a carrier says that it knows no such call.
   */
  of(run: Pick<CallRun, 'provider' | 'accountId'>): TelephonyProvider | null {
    const provider = this.find(run.provider);
    return provider?.configured && provider.accountId === run.accountId ? provider : null;
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
