import { createHmac, randomUUID, sign, timingSafeEqual, type KeyObject } from 'node:crypto';
import { jsonObjectIn } from '../../shared/json-object.js';

export type Claims = Readonly<Record<string, unknown>>;

/** How long a token of ours is good, in seconds. One is made for each request. */
const GOOD_FOR_SECONDS = 300;
const TOKEN_MAX = 4_096;
const TOKEN = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/** The token that signs a request to Vonage's API: RS256 with the application's key. */
export function applicationToken(
  applicationId: string,
  key: KeyObject,
  nowSeconds: number,
): string {
  const claims = {
    application_id: applicationId,
    iat: nowSeconds,
    exp: nowSeconds + GOOD_FOR_SECONDS,
    jti: randomUUID(),
  };
  const text = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** A token that is signed with a secret: HS256. */
export function secretToken(claims: Claims, secret: string): string {
  const text = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${text}.${hmac(text, secret).toString('base64url')}`;
}

/**
 * The claims of a token that is signed with this secret, in constant time; null for any other one. HS256 is the only
 * algorithm, whatever the token says of itself.
 */
export function claimsOf(token: string, secret: string): Claims | null {
  if (token.length > TOKEN_MAX) return null;
  const [, head, body, signature] = TOKEN.exec(token) ?? [];
  if (head === undefined || body === undefined || signature === undefined) return null;
  const expected = hmac(`${head}.${body}`, secret).toString('base64url');
  const isSigned =
    signature.length === expected.length &&
    timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
  if (!isSigned || decoded(head)?.['alg'] !== 'HS256') return null;
  return decoded(body);
}

function hmac(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decoded(part: string): Claims | null {
  return jsonObjectIn(Buffer.from(part, 'base64url').toString('utf8'));
}
