/** Why a signature was not accepted; kept with the refusal, never told to the caller. */
export type SignatureVerdict =
  | { valid: true }
  | {
      valid: false;
      reason: 'missing' | 'mismatch' | 'body-mismatch' | 'expired' | 'replayed' | 'not-configured';
    };
