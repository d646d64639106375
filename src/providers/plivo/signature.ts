import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { formFields, queryFields, type RawFields } from '../form-fields.js';
import type { RawRequest } from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import type { PlivoDialect } from './dialect.js';
import type { Nonces } from '../nonces.js';

/** The secrets of an account, and what is remembered of its signatures. */
export interface Signer {
  readonly authToken: string;
  readonly acceptsV2: boolean;
  readonly dialect: PlivoDialect;
  readonly nonces: Nonces;
}

/** Base64 of a SHA-256. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;
const NONCE = /^[\x21-\x7e]{1,128}$/;
/** A header may hold several: of an account, and of others that are told too. */
const SIGNATURES_MAX = 8;
const VALID: SignatureVerdict = { valid: true };
const MISMATCH: SignatureVerdict = { valid: false, reason: 'mismatch' };
const NO_FIELDS: RawFields = [];

/** What is signed, and with which words of the headers. */
interface Claim {
  version: 'v2' | 'v3';
  nonce: string;
  given: readonly string[];
}

/**
 * Checks a webhook by its V3 signature, else by V2 where that is accepted: base64 of HMAC-SHA256, keyed by the auth
 * token, over the URL, for Plivo's V3 the fields, and a nonce
 * (https://docs.plivo.com/docs/voice/xml/request/validation).
 */
export function verifyWebhook(request: RawRequest, signer: Signer): SignatureVerdict {
  const { method, body, urls, target } = request;
  const claim = claimOf(request.headers, signer);
  if ('valid' in claim) return claim;
  // A body of a GET is not signed, and no other method is.
  if (method === 'GET' ? body.length > 0 : method !== 'POST') return MISMATCH;
  const fields = method === 'GET' ? NO_FIELDS : formFields(body);
  const signed = urls.map((url) => signedText(url, method, fields, claim.version, signer.dialect));
  if (!matches(claim, signed, signer)) return MISMATCH;
  const isNew = signer.nonces.take(`${claim.version} ${claim.nonce}`, [method, target, body]);
  return isNew ? VALID : { valid: false, reason: 'replayed' };
}

/** Checks the upgrade of a media stream, which is signed as a GET of the `https://` URL. */
export function verifyUpgrade(
  headers: IncomingHttpHeaders,
  urls: readonly string[],
  signer: Signer,
): SignatureVerdict {
  const claim = claimOf(headers, signer);
  if ('valid' in claim) return claim;
  // Plivo's own library checks the https URL; what is written in the instruction is a wss URL.
  const both = urls.flatMap((url) => [url.replace(/^ws/i, 'http'), url]);
  const signed = both.map((url) =>
    signedText(url, 'GET', NO_FIELDS, claim.version, signer.dialect),
  );
  if (!matches(claim, signed, signer)) return MISMATCH;
  const isNew = signer.nonces.take(`${claim.version} ${claim.nonce}`, ['upgrade', ...urls]);
  return isNew ? VALID : { valid: false, reason: 'replayed' };
}

export function sign(authToken: string, text: string | Buffer): string {
  return createHmac('sha256', authToken).update(text).digest('base64');
}

/** The text that is signed, one character for each byte of it, without the nonce and the dot before it. */
export function signedText(
  url: string,
  method: string,
  fields: RawFields,
  version: 'v2' | 'v3',
  { signsFields }: Pick<PlivoDialect, 'signsFields'>,
): string {
  const [whole = ''] = url.split('#', 1);
  const [base = ''] = whole.split('?', 1);
  if (version === 'v2' || !signsFields) return base;
  const query = sorted(queryFields(whole))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const form = sorted(fields)
    .map(([name, value]) => name + value)
    .join('');
  const hasForm = method === 'POST' && fields.length > 0;
  const asked = query !== '' || hasForm ? `?${query}` : '';
  return base + asked + (query !== '' && hasForm ? '.' : '') + (hasForm ? form : '');
}

/** What follows the signed text: the nonce, after a dot in V3. */
export function withNonce(text: string, nonce: string, version: 'v2' | 'v3'): Buffer {
  return Buffer.from(text + (version === 'v3' ? '.' : '') + nonce, 'latin1');
}

/** By name, and the values of one name by value. */
function sorted(fields: RawFields): RawFields {
  return fields.toSorted(([a, x], [b, y]) => order(a, b) || order(x, y));
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** What a request's headers claim, or why they claim nothing. A V3 signature that is wrong is not made up for by V2. */
function claimOf(headers: IncomingHttpHeaders, signer: Signer): Claim | SignatureVerdict {
  const { dialect, acceptsV2, authToken } = signer;
  const newest = given(headers, dialect, 'v3');
  const mayBeOld = dialect.trustsV2 || acceptsV2;
  const version = newest.length > 0 || !mayBeOld ? 'v3' : 'v2';
  const found = version === 'v3' ? newest : given(headers, dialect, 'v2');
  if (found.length === 0) return { valid: false, reason: 'missing' };
  const nonce = headers[`${dialect.signatureHeader}-${version}-nonce`];
  if (nonce === undefined) return { valid: false, reason: 'missing' };
  if (authToken === '') return { valid: false, reason: 'not-configured' };
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) return MISMATCH;
  return { version, nonce, given: found };
}

/** The signatures of the account and, for a subaccount, of the main account that it belongs to. */
function given(
  headers: IncomingHttpHeaders,
  { signatureHeader }: PlivoDialect,
  version: 'v2' | 'v3',
): string[] {
  return [`${signatureHeader}-${version}`, `${signatureHeader}-ma-${version}`]
    .flatMap((name) => headers[name] ?? [])
    .flatMap((value) => value.split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .slice(0, SIGNATURES_MAX);
}

/** Every combination is compared, even after a match, so that the time taken reveals nothing. */
function matches(claim: Claim, signed: readonly string[], { authToken }: Signer): boolean {
  const received = claim.given.filter((one) => SIGNATURE.test(one)).map((one) => Buffer.from(one));
  let valid = false;
  for (const text of signed) {
    const expected = Buffer.from(sign(authToken, withNonce(text, claim.nonce, claim.version)));
    for (const one of received) valid = timingSafeEqual(expected, one) || valid;
  }
  return valid;
}
