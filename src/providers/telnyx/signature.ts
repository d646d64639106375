import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { RawRequest } from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';

export const SIGNATURE_HEADER = 'telnyx-signature-ed25519';
export const TIMESTAMP_HEADER = 'telnyx-timestamp';
/** How far the time of a signature may be from ours, in either direction, as in Telnyx's own libraries. */
export const TOLERANCE_SECONDS = 300;

/** What precedes the 32 bytes of an Ed25519 key in its SPKI form. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
/** Base64 of 64 bytes. */
const SIGNATURE = /^[A-Za-z0-9+/]{86}==$/;
const MISMATCH: SignatureVerdict = { valid: false, reason: 'mismatch' };

/** Null for what is no key. */
export function keyOf(publicKey: string): KeyObject | null {
  const bytes = Buffer.from(publicKey, 'base64');
  if (bytes.length !== 32) return null;
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: 'der', type: 'spki' });
}

/**
 * Checks Telnyx's signature: Ed25519 over `timestamp|body`
 * (https://developers.telnyx.com/docs/voice/programmable-voice/receiving-webhooks). A delivery that Telnyx repeats
 * because we could not take it may have the same signature, so a repetition is not refused here: within the
 * window the ledger knows the id of an event that it has, and after it the signature has expired.
 *
 * @param key null: the account has none that can be read
 */
export function verifySignature(
  { headers, body, method }: Pick<RawRequest, 'headers' | 'body' | 'method'>,
  key: KeyObject | null,
  nowSeconds: number,
): SignatureVerdict {
  const signature = headers[SIGNATURE_HEADER];
  const timestamp = headers[TIMESTAMP_HEADER];
  if (!signature || !timestamp) return { valid: false, reason: 'missing' };
  if (key === null) return { valid: false, reason: 'not-configured' };
  const isFormed =
    typeof signature === 'string' &&
    typeof timestamp === 'string' &&
    SIGNATURE.test(signature) &&
    /^\d{1,12}$/.test(timestamp);
  // What is in the query of a GET is not known to be signed.
  if (!isFormed || method !== 'POST') return MISMATCH;
  const signed = Buffer.concat([Buffer.from(`${timestamp}|`), body]);
  if (!verify(null, signed, key, Buffer.from(signature, 'base64'))) return MISMATCH;
  return Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS
    ? { valid: false, reason: 'expired' }
    : { valid: true };
}
