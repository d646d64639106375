import { createHash, timingSafeEqual } from 'node:crypto';

/** The `Authorization` of a user with a password. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Whether a header holds exactly these. Takes the same time whatever is wrong. */
export function isBasic(header: string, username: string, password: string): boolean {
  return timingSafeEqual(digest(header), digest(basic(username, password)));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
