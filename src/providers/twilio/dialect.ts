import type { Capabilities } from '../capabilities.js';
import { withRetries } from './retry-overrides.js';

/**
 * What distinguishes the carriers that speak Twilio's protocol from each other; the code of this
 * folder has the rest in common.
 */
export interface TwimlDialect {
  /** The carrier's name in our API and in the store. */
  readonly kind: string;
  /** The header that has the signature of a webhook, in lower case. */
  readonly signatureHeader: string;
  /** Whether the upgrade of a media stream is signed, in the same header. */
  readonly signsUpgrades: boolean;
  /** The carrier's names of calls and accounts, and what they look like, in words. */
  readonly callId: { readonly form: RegExp; readonly words: string };
  readonly accountId: { readonly form: RegExp; readonly words: string };
  /** What the id of an account is called among its settings. */
  readonly accountField: string;
  /** In which its capabilities differ from Twilio's. */
  readonly differences: Partial<Capabilities>;
  /** Turns a URL into the one that the carrier is given. */
  readonly addressed: (url: string) => string;
}

export const TWILIO: TwimlDialect = Object.freeze<TwimlDialect>({
  kind: 'twilio',
  signatureHeader: 'x-twilio-signature',
  signsUpgrades: true,
  callId: { form: /^CA[0-9a-fA-F]{32}$/, words: 'CA and 32 hex digits' },
  accountId: { form: /^AC[0-9a-fA-F]{32}$/, words: 'AC and 32 hex digits' },
  accountField: 'account_sid',
  differences: {},
  addressed: withRetries,
});
