/** Why a signature was not accepted; recorded with the refusal, never sent to the caller. */
export type SignatureVerdict =
  | { valid: true }
  | {
      valid: false;
      reason: 'missing' | 'mismatch' | 'body-mismatch' | 'expired' | 'replayed' | 'not-configured';
    };
