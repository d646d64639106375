import { randomBytes } from 'node:crypto';

/** The prefixes of an account, a call, a media stream and a phone number. */
export type SidPrefix = 'AC' | 'CA' | 'MZ' | 'PN';

/** A Twilio identifier: two letters and 32 hexadecimal digits, 34 characters in all. */
export function newSid(prefix: SidPrefix): string {
  return prefix + randomBytes(16).toString('hex');
}
