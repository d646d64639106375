import type { IncomingHttpHeaders } from 'node:http';
import { randomUUID } from 'node:crypto';
import { sha256 } from '../../shared/sha256.js';
import { queryFields, readable } from '../form-fields.js';
import type { RawRequest } from '../ingress.js';
import type { Nonces } from '../nonces.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { claimsOf, type Claims } from './jwt.js';
import type { VonageAccount } from './vonage.settings.js';

export const SIGNATURE_HEADER = 'authorization';
/** How far the time of a signature may be from ours, in either direction. Vonage names no limit. */
export const TOLERANCE_SECONDS = 300;
/** A signature that is older than this has expired, however far ahead Vonage's clock was. */
export const JTI_KEPT_MS = 2 * TOLERANCE_SECONDS * 1_000;

const BEARER = /^Bearer +(\S+)$/i;
const JTI = /^[\x21-\x7e]{1,100}$/;
const MISMATCH: SignatureVerdict = { valid: false, reason: 'mismatch' };

/** Whose signature is accepted, and which of them were seen. */
export interface Signer extends Pick<
  VonageAccount,
  'signatureSecret' | 'apiKey' | 'applicationId'
> {
  tokens: Nonces;
  /** Milliseconds since 1970. */
  now: () => number;
}

type Signed = { claims: Claims } | { refused: SignatureVerdict };

/**
 * Checks a signed webhook (https://developer.vonage.com/en/getting-started/concepts/webhooks, "Decoding signed
 * webhooks"): a JWT that names the account, its time, an id of its own, and the SHA-256 of what is said. The address
 * is not signed, so a token that comes again at another one is refused as well.
 */
export function verifyWebhook(
  { headers, method, target, body }: RawRequest,
  signer: Signer,
): SignatureVerdict {
  const signed = claimsIn(headers, signer);
  if ('refused' in signed) return signed.refused;
  const { claims } = signed;
  const hashes = method === 'GET' ? queryHashes(target) : [sha256(body)];
  if (!hashes.some((hash) => hash === claims['payload_hash'])) {
    return { valid: false, reason: 'body-mismatch' };
  }
  return takeOnce(claims, [method, target, body], signer);
}

/**
 * Checks the token of an upgrade, which is that of a signed webhook. What its `payload_hash` is of, where it has one,
 * is not documented: nothing is said in an upgrade. It is good once.
 */
export function verifyUpgrade(headers: IncomingHttpHeaders, signer: Signer): SignatureVerdict {
  const signed = claimsIn(headers, signer);
  return 'refused' in signed ? signed.refused : takeOnce(signed.claims, [randomUUID()], signer);
}

function claimsIn(headers: IncomingHttpHeaders, signer: Signer): Signed {
  const header: unknown = headers[SIGNATURE_HEADER];
  const [, token] = (typeof header === 'string' ? BEARER.exec(header) : null) ?? [];
  if (token === undefined) return { refused: { valid: false, reason: 'missing' } };
  const claims = claimsOf(token, signer.signatureSecret);
  if (claims === null || claims['iss'] !== 'Vonage' || claims['api_key'] !== signer.apiKey) {
    return { refused: MISMATCH };
  }
  const { application_id: application = signer.applicationId } = claims;
  if (application !== signer.applicationId) return { refused: MISMATCH };
  return isTimely(claims, signer.now() / 1_000)
    ? { claims }
    : { refused: { valid: false, reason: 'expired' } };
}

function isTimely({ iat, exp }: Claims, nowSeconds: number): boolean {
  if (typeof iat !== 'number' || !(Math.abs(nowSeconds - iat) <= TOLERANCE_SECONDS)) return false;
  return exp === undefined || (typeof exp === 'number' && exp > nowSeconds);
}

function takeOnce(
  { jti }: Claims,
  content: ReadonlyArray<string | Buffer>,
  { tokens }: Signer,
): SignatureVerdict {
  if (typeof jti !== 'string' || !JTI.test(jti)) return MISMATCH;
  return tokens.take(jti, content) ? { valid: true } : { valid: false, reason: 'replayed' };
}

/**
 * The hash of a GET is that of its query as a JSON object, in the order received and without spaces. Whether
 * characters beyond ASCII are escaped in it is not documented.
 */
function queryHashes(target: string): string[] {
  const pairs = readable(queryFields(target));
  const text = `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
  return [sha256(text), sha256(asciiOf(text))];
}

function asciiOf(json: string): string {
  return json.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
