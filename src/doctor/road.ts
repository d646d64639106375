import type { PublicOriginReport } from '../urls/public-origin.js';
import type { Handshake } from './handshake.js';
import type { Outside } from './outside.js';

export type DnsResult = { addresses: string[] } | { error: Error };
export type TlsResult = { handshake: Handshake } | { error: Error };

/** How far the path from outside is open. Several checks need to know, so each part is looked at once. */
export class Road {
  private resolving: Promise<DnsResult> | null = null;
  private shaking: Promise<TlsResult> | null = null;

  constructor(
    private readonly report: PublicOriginReport,
    private readonly outside: Outside,
    /** The signal of the whole run, because what is shared must not end with one check. */
    private readonly signal: AbortSignal,
  ) {}

  /** Why there is nothing to examine from outside; null if there is something. */
  get absence(): string | null {
    switch (this.report.source) {
      case 'simulated':
        return 'The simulated carrier is in use: it calls this service on this machine, without a public address.';
      case 'none':
        return 'No public address is known.';
      case 'static':
      case 'tunnel':
        return null;
      default:
        return this.report.source satisfies never;
    }
  }

  /** The public origin; available only if {@link absence} is null. */
  get origin(): string {
    return this.report.origin ?? '';
  }

  get host(): string {
    return new URL(this.origin).hostname;
  }

  dns(): Promise<DnsResult> {
    this.resolving ??= this.outside.resolve(this.host).then(
      (addresses) => ({ addresses }),
      (error: Error) => ({ error }),
    );
    return this.resolving;
  }

  tls(): Promise<TlsResult> {
    this.shaking ??= this.outside.handshake(this.host, this.signal).then(
      (handshake) => ({ handshake }),
      (error: Error) => ({ error }),
    );
    return this.shaking;
  }

  /** Why no request can get through, in a sentence that names the check with the details; null if requests get through. */
  async blocked(): Promise<string | null> {
    if (this.absence !== null) return this.absence;
    const dns = await this.dns();
    if ('error' in dns || dns.addresses.length === 0) return 'Not looked at: `dns` is down.';
    return 'error' in (await this.tls()) ? 'Not looked at: `tls` is down.' : null;
  }
}
