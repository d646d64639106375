import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { isE164 } from './party.js';

export interface Destination {
  e164: string;
  /** Country calling code without `+`; null for a code that is not assigned. */
  callingCode: string | null;
}

/** Codes that belong to no country: freephone, shared cost, satellite, global networks, premium. */
const WITHOUT_COUNTRY = ['800', '808', '870', '878', '881', '882', '883', '888', '979'];

/** Every country calling code, without `+`. None begins with another. */
export const CALLING_CODES: ReadonlySet<string> = new Set<string>([
  ...getCountries().map((country) => getCountryCallingCode(country)),
  ...WITHOUT_COUNTRY,
]);

/** International premium rate: every number costs extra. */
const PREMIUM_CODE = '+979';
/**
 * Emergency numbers. After a calling code they belong to no subscriber, but a
 * careless exchange may connect them to the emergency services.
 */
const EMERGENCY = /^(?:000|112|911|999)/;
const SHORTEST = '+1234567'.length;

/**
 * Reads a number that must be written in E.164, `+` and digits; null for anything else. Only its
 * shape counts: numbering plans change, and a number that they do not contain may still be
 * reachable.
 */
export function parseE164(text: string): Destination | null {
  if (!isE164(text)) return null;
  const code = [1, 2, 3].map((length) => text.slice(1, 1 + length));
  return { e164: text, callingCode: code.find((one) => CALLING_CODES.has(one)) ?? null };
}

/**
 * Whether a number costs the caller extra, so that a gateway never dials it; also
 * with surplus digits, which networks ignore.
 */
export function isPremium(e164: string): boolean {
  if (e164.startsWith(PREMIUM_CODE)) return true;
  if (isKnown(e164)) return isPremiumAsWritten(e164);
  for (let length = e164.length; length >= SHORTEST; length--) {
    if (isPremiumAsWritten(e164.slice(0, length))) return true;
  }
  return false;
}

/**
 * Whether a number is an emergency number in the form of E.164; a number that a
 * numbering plan assigns to a subscriber is not.
 */
export function isEmergency(e164: string): boolean {
  const { callingCode } = parseE164(e164) ?? {};
  return (
    typeof callingCode === 'string' &&
    EMERGENCY.test(e164.slice(1 + callingCode.length)) &&
    !isKnown(e164)
  );
}

function isKnown(e164: string): boolean {
  return parsePhoneNumberFromString(e164)?.isValid() === true;
}

function isPremiumAsWritten(e164: string): boolean {
  return parsePhoneNumberFromString(e164)?.getType() === 'PREMIUM_RATE';
}
