import { parseParty } from '../../shared/party.js';

const INTERNATIONAL = /^[1-9]\d{6,14}$/;

/** A number as Vonage wants it: without the plus. */
export function digitsOf(number: string): string {
  return number.replace(/^\+/, '');
}

/** Vonage writes numbers without their plus, and words such as `Anonymous`. Empty for what is no text. */
export function partyOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const bare = value.trim();
  return parseParty(INTERNATIONAL.test(bare) ? `+${bare}` : bare).told;
}

/** Whether a party is a media stream: the other end of the leg that Vonage opens to us. */
export function isStream(value: unknown): boolean {
  return typeof value === 'string' && /^wss?:/i.test(value);
}
