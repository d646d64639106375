/** Where the public origin comes from; `none` while no address is known. */
export type PublicOriginSource = 'static' | 'tunnel' | 'simulated' | 'none';

/** What health and the doctor show about the public address. */
export interface PublicOriginReport {
  source: PublicOriginSource;
  origin: string | null;
  /** When the tunnel last confirmed it; null where nothing is asked, or nothing has answered yet. */
  asOf: Date | null;
  /** True when the last known origin is in use because asking again has failed since. */
  stale: boolean;
  /** Why the last attempt failed; null after one that succeeded. */
  lastError: string | null;
  /** What to do about a missing or stale origin; null while all is well. */
  fix: string | null;
}

/**
 * The https address under which the world reaches this service.
 *
 * An origin here is `https://host`, plus the path prefix where there is one,
 * and never ends in a slash. It may change while the service runs (a tunnel
 * restarts under a new name); a call keeps the one it was placed under.
 */
export abstract class PublicOrigin {
  /** For answering and displaying; null if none is known. May take a second where a tunnel is asked. Never throws. */
  abstract current(): Promise<string | null>;

  /**
   * For placing a call: asks again when the last confirmation is older than
   * 30 s. Null means that nothing may be dialled. Never throws.
   */
  abstract refreshForDial(): Promise<string | null>;

  /** The last known origin, at once: for checking signatures, on every webhook. Never throws. */
  abstract peek(): string | null;

  /** For health; at once. Never throws. */
  abstract report(): PublicOriginReport;
}
