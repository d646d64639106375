import type { StoredCarrierAccount } from '../../tenants/carrier-account-rows.js';

/** Why an account of the store cannot be used. */
export interface AccountFault {
  kind: 'unreadable' | 'no-carrier' | 'key-taken' | 'misfit';
  /** What is wrong, as a sentence. */
  reason: string;
  /** What to do about it, as a sentence. */
  fix: string;
}

type Unreadable = Extract<StoredCarrierAccount['secrets'], string>;

const ENTER_ANEW = 'or enter the secrets of the account anew';

/** The secrets cannot be decrypted. */
export function unreadable(why: Unreadable): AccountFault {
  const fault = (reason: string, fix: string): AccountFault => ({
    kind: 'unreadable',
    reason,
    fix,
  });
  switch (why) {
    case 'no_key':
      return fault(
        'Its secrets are encrypted, and no CREDENTIALS_KEY is set.',
        `Set CREDENTIALS_KEY to the key that encrypted them, ${ENTER_ANEW} once a key is set.`,
      );
    case 'other_key':
      return fault(
        'Its secrets were encrypted with another CREDENTIALS_KEY than the present one.',
        `Set CREDENTIALS_KEY (on SQLite without it: the file DATA_DIR/credentials-key) back to that key, or CREDENTIALS_KEY_PREVIOUS to it while keys are changed, and restart; ${ENTER_ANEW}.`,
      );
    case 'unknown_format':
    case 'damaged':
      return fault(
        'Its secrets are damaged in the store, or of a later release.',
        `Restore the store from a backup, ${ENTER_ANEW}.`,
      );
    default:
      return why satisfies never;
  }
}

/** This release has no such carrier. */
export function noCarrier(provider: string): AccountFault {
  return {
    kind: 'no-carrier',
    reason: `This release has no carrier "${provider}".`,
    fix: 'Start the release that the account was made with, or delete the account.',
  };
}

/** The environment configures an account of the same key. */
export function keyTaken(): AccountFault {
  return {
    kind: 'key-taken',
    reason: 'The environment configures another account of this key, and that one counts.',
    fix: 'Take the variables of that account away, and make this one anew under another key.',
  };
}

/** The values do not fit the carrier's schema any more. */
export function misfit(faults: ReadonlyArray<{ field: string; message: string }>): AccountFault {
  const list = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
  return {
    kind: 'misfit',
    reason: `It does not fit this release: ${list}.`,
    fix: 'Correct what is named.',
  };
}
