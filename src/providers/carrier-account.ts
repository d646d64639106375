import type { AccountTest } from './account-test.js';
import type { CallsPort } from './calls-port.js';
import { LEAST, type Capabilities } from './capabilities.js';
import type { CarrierDiagnostics } from './carrier-diagnostics.js';
import type { EventFeed, WebhookIngress } from './ingress.js';
import type { MediaDialect } from './media-dialect.js';
import type { NumbersPort } from './numbers-port.js';

/**
 * One account at one carrier: how we call it, how it signs, what it asks and what it reports.
 * Several accounts are live at once, also of one carrier; the key distinguishes them and is part of
 * every URL that we give to the carrier.
 *
 * Adapters return what they read and never write: no ledger, no log. Expected outcomes are
 * values, not exceptions.
 */
export abstract class CarrierAccount {
  /**
   * `twilio`, `telnyx-eu`: lower-case letters, digits and hyphens, at most 40. Never changes,
   * because runs refer to the account by it.
   */
  abstract readonly key: string;

  /** The carrier's name in our API and in the store, e.g. `twilio`. */
  abstract readonly kind: string;

  /** The carrier's own name of the account, recorded with each call; empty where there is none. */
  abstract readonly accountId: string;

  /** Our numbers in this account, E.164; the first is the default caller. */
  abstract readonly numbers: readonly string[];

  /** The dials a second that the account allows; we queue any more. */
  abstract readonly callsPerSecond: number;

  /**
   * Whether the account's calls never leave this machine; recorded with each call, for which it
   * never changes.
   */
  readonly simulated: boolean = false;

  readonly capabilities: Capabilities = LEAST;

  abstract readonly calls: CallsPort;

  abstract readonly ingress: WebhookIngress | EventFeed;

  /** The carrier's socket language, and how the carrier proves that it opened a socket. */
  abstract readonly media: MediaDialect;

  /** Null where the carrier keeps no addresses for each number. */
  readonly numbersPort: NumbersPort | null = null;

  /** The questions that the doctor may ask; null for a carrier that answers none of them. */
  readonly diagnostics: CarrierDiagnostics | null = null;

  /**
   * Tries the credentials where there are no `diagnostics` to ask; null: nothing can be found out
   * without a call.
   */
  readonly test: AccountTest | null = null;

  /** What may be shown of how the account is configured, named as in its carrier's `settingsSchema`. */
  readonly shownSettings: Readonly<Record<string, unknown>> = {};
}
