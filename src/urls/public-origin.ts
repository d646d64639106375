/** Where the public origin comes from; `none` while no address is known. */
export type PublicOriginSource = 'static' | 'tunnel' | 'simulated' | 'none';

/** What health and the doctor show about the public address. */
export interface PublicOriginReport {
  source: PublicOriginSource;
  origin: string | null;
  /** When the tunnel last confirmed it; null if nothing is asked, or nothing has answered yet. */
  asOf: Date | null;
  /** True if the last known origin is in use because asking again has failed since. */
  stale: boolean;
  /** Why the last attempt failed; null after one that succeeded. */
  lastError: string | null;
  /** What to do about a missing or stale origin; null if all is well. */
  fix: string | null;
}

/**
 * The https address at which the world reaches this service.
 *
 * An origin here is `https://host`, plus the path prefix if there is one,
 * and never ends in a slash. It may change while the service runs (a tunnel
 * restarts with a new name). A call keeps the origin with which it was placed.
 */
export abstract class PublicOrigin {
  /**
   * The origin at which an account's carrier reaches us: the simulated one may have another than
   * the carriers of the world. Default: all have the same.
   */
  of(_account: { readonly simulated: boolean }): PublicOrigin {
    return this;
  }

  /** For answering and displaying; null if none is known. May take a second if a tunnel is asked. Never throws. */
  abstract current(): Promise<string | null>;

  /**
   * For placing a call: asks again if the last confirmation is older than
   * 30 s. Null means that nothing may be dialled. Never throws.
   */
  abstract refreshForDial(): Promise<string | null>;

  /** The last known origin, without waiting; for checking signatures, on every webhook. Never throws. */
  abstract peek(): string | null;

  /** For health; without waiting. Never throws. */
  abstract report(): PublicOriginReport;
}
