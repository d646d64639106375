import { createHmac, timingSafeEqual } from 'node:crypto';
import { sha256 } from '../../shared/sha256.js';
import { queryFields } from '../form-fields.js';
import type { RawRequest } from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';

/** A shared secret; nothing is signed (`x-cx-domain`, `x-cx-session` and `x-cx-source` prove nothing). */
export const KEY_HEADER = 'x-cx-apikey';

/** The field of a query that holds the code of an address that we gave. */
export const CODE_FIELD = 'patchbay_code';

const CODE = /[?&]patchbay_code=/;

/** The address with a code that is good for it alone; what is added behind the code is not covered. */
export function proven(url: string, webhookKey: string): string {
  const [bare = url] = url.split('#', 1);
  return `${bare}${bare.includes('?') ? '&' : '?'}${CODE_FIELD}=${codeOf(bare, webhookKey)}`;
}

/**
 * An address that we gave for one call proves itself by its code. One that a person entered for a voice
 * application has none: the header must hold the key. In constant time, whatever is compared.
 */
export function verifyProof(
  { headers, target, urls }: Pick<RawRequest, 'headers' | 'target' | 'urls'>,
  webhookKey: string,
): SignatureVerdict {
  if (webhookKey === '') return { valid: false, reason: 'not-configured' };
  const codes = queryFields(target).filter(([name]) => name === CODE_FIELD);
  const [code] = codes;
  if (code !== undefined) {
    // Every one is compared, so that the time does not say which is near.
    const good = urls.map((url) => isSame(code[1], codeOf(bareOf(url), webhookKey)));
    return verdictOf(codes.length === 1 && good.includes(true));
  }
  const key = headers[KEY_HEADER];
  if (typeof key !== 'string' || key === '') return { valid: false, reason: 'missing' };
  return verdictOf(isSame(key, webhookKey));
}

function verdictOf(isGood: boolean): SignatureVerdict {
  return isGood ? { valid: true } : { valid: false, reason: 'mismatch' };
}

function bareOf(url: string): string {
  const at = url.search(CODE);
  return at < 0 ? url : url.slice(0, at);
}

function codeOf(url: string, webhookKey: string): string {
  return createHmac('sha256', webhookKey).update(url).digest('base64url');
}

function isSame(given: string, good: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(good)));
}
