import { randomBytes } from 'node:crypto';
import { sha256 } from '../shared/sha256.js';

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** A new one-use token for a media stream: 32 random bytes, 43 URL-safe characters. */
export function mintToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What the store keeps instead of the token. It needs no salt, because 256 random bits cannot be guessed from it. */
export function hashToken(token: string): string {
  return sha256(token);
}

/** Whether a text could be a token at all. Other texts are not looked up in the store. */
export function isTokenShaped(text: string): boolean {
  return TOKEN.test(text);
}
