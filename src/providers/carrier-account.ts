import type { CallsPort } from './calls-port.js';
import { LEAST, type Capabilities } from './capabilities.js';
import type { CarrierDiagnostics } from './carrier-diagnostics.js';
import type { EventFeed, WebhookIngress } from './ingress.js';
import type { MediaDialect } from './media-dialect.js';
import type { NumbersPort } from './numbers-port.js';

/**
 * One account at one carrier: how it is called, how it signs, what it asks and is told. Several are live at once, also
 * of one carrier; the key tells them apart and is part of every URL that the carrier is given.
 *
 * Adapters return what they read and never write: no ledger, no log. What is expected is a value, not an exception.
 */
export abstract class CarrierAccount {
  /** `twilio`, `telnyx-eu`: lower-case letters, digits and hyphens, at most 40. Never changes: runs are named by it. */
  abstract readonly key: string;

  /** The carrier's name in our API and in the store, e.g. `twilio`. */
  abstract readonly kind: string;

  /** The carrier's own name of the account, written down with each call; empty where there is none. */
  abstract readonly accountId: string;

  /** Our numbers in this account, E.164; the first is the default caller. */
  abstract readonly numbers: readonly string[];

  /** Dials a second that the account allows; more are queued by us. */
  abstract readonly callsPerSecond: number;

  /** Whether its calls never leave this machine; written down with each, and true of it for ever. */
  readonly simulated: boolean = false;

  readonly capabilities: Capabilities = LEAST;

  abstract readonly calls: CallsPort;

  abstract readonly ingress: WebhookIngress | EventFeed;

  /** The carrier's socket language, and how it proves who opens a socket. */
  abstract readonly media: MediaDialect;

  /** Null where the carrier keeps no addresses for each number. */
  readonly numbersPort: NumbersPort | null = null;

  /** What the doctor may ask; null for a carrier that offers none of it. */
  readonly diagnostics: CarrierDiagnostics | null = null;
}

/** A carrier that is plugged in: one folder under `providers/`, one line in `providers.module.ts`. */
export abstract class CarrierKind {
  /** The `kind` of its accounts. */
  abstract readonly name: string;

  /** Those of the environment; empty while none is configured. */
  abstract readonly accounts: readonly CarrierAccount[];

  /**
   * Whether the first account has the paths without an account in them. True of the one carrier that there was
   * before accounts had keys: what its numbers are configured with stays right.
   */
  readonly hasUnprefixedPaths: boolean = false;
}
