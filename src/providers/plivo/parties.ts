import { parseParty } from '../../shared/party.js';

const INTERNATIONAL = /^[1-9]\d{6,14}$/;

/** A number as Plivo wants it: without the plus. */
export function digitsOf(number: string): string {
  return number.replace(/^\+/, '');
}

/** Plivo writes numbers without their plus; in a form, a plus that is not escaped arrives as a space. */
export function withPlus(text: string): string {
  const bare = text.trim();
  return parseParty(INTERNATIONAL.test(bare) ? `+${bare}` : bare).told;
}
