import { createHmac, timingSafeEqual } from 'node:crypto';
import { sha256 } from '../../shared/sha256.js';
import { queryFields } from '../form-fields.js';
import type { RawRequest } from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';

/** The field of a query that proves whose request it is. */
export const PROOF_FIELD = 'token';

const LAST_FIELD = /[?&]token=[^&#]*$/;

/**
 * Exotel signs nothing, so an address that only it knows must be enough. One that we give for a call
 * holds a code that is good for that address alone; the address that a person entered for the
 * applet holds the token itself.
 */
export function proven(url: string, webhookToken: string): string {
  const [bare = url] = url.split('#', 1);
  return `${bare}${bare.includes('?') ? '&' : '?'}${PROOF_FIELD}=${codeOf(bare, webhookToken)}`;
}

/** In constant time, whatever is compared. */
export function verifyProof(
  { target, urls }: Pick<RawRequest, 'target' | 'urls'>,
  webhookToken: string,
): SignatureVerdict {
  if (webhookToken === '') return { valid: false, reason: 'not-configured' };
  const given = queryFields(target).filter(([name]) => name === PROOF_FIELD);
  const [proof] = given;
  if (proof === undefined || proof[1] === '') return { valid: false, reason: 'missing' };
  if (given.length > 1) return { valid: false, reason: 'mismatch' };
  const good = [
    webhookToken,
    ...urls.map((url) => codeOf(url.replace(LAST_FIELD, ''), webhookToken)),
  ];
  // Every one is compared, so that the time does not say which is near.
  const isGood = good.map((one) => isSame(proof[1], one)).includes(true);
  return isGood ? { valid: true } : { valid: false, reason: 'mismatch' };
}

function codeOf(url: string, webhookToken: string): string {
  return createHmac('sha256', webhookToken).update(url).digest('base64url');
}

function isSame(given: string, good: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(good)));
}
