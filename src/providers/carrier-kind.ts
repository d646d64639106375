import type { AccountForm } from './account-form.js';
import { LEAST, type Capabilities } from './capabilities.js';
import type { CarrierAccount } from './carrier-account.js';

/** A carrier that is plugged in: one folder under `providers/`, one line in `carriers.ts`. */
export abstract class CarrierKind {
  /** The `kind` of its accounts. */
  abstract readonly name: string;

  /**
   * The variables that configure an account, as part of a sentence after "Set": e.g. `A and B`.
   */
  abstract readonly needs: string;

  /** The carrier's name for people. Default: {@link name}. */
  get label(): string {
    return this.name;
  }

  /** The name of its page below `docs/carriers`. Default: {@link name}. */
  get page(): string {
    return this.name;
  }

  /** The carriers that speak the same protocol have the same. Default: {@link name}. */
  get family(): string {
    return this.name;
  }

  /** What its accounts can do. */
  readonly capabilities: Capabilities = LEAST;

  /**
   * How far it was tried: with an account at the carrier (`live`), with the carrier's own software
   * (`real peer`), or against a simulation of ours alone.
   */
  readonly tried: 'live' | 'real peer' | 'not tried live' = 'not tried live';

  /** How an account is entered that the environment does not configure; null: none can be. */
  readonly form: AccountForm | null = null;

  /** The accounts that the environment configures; empty while none is configured. */
  abstract readonly accounts: readonly CarrierAccount[];

  /**
   * Whether the first account has the paths without an account in them. True for the one carrier
   * that existed before accounts had keys, so that the configuration of its numbers stays right.
   */
  readonly hasUnprefixedPaths: boolean = false;
}
