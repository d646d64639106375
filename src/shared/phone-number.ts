import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

export interface Destination {
  e164: string;
  /** Country calling code without `+`. */
  callingCode: string;
}

/** Reads a number that must be written in E.164, `+` and digits; null for anything else. */
export function parseE164(text: string): Destination | null {
  if (!/^\+[1-9]\d{6,14}$/.test(text)) return null;
  const number = parsePhoneNumberFromString(text);
  if (!number?.isPossible() || number.number !== text) return null;
  return { e164: number.number, callingCode: number.countryCallingCode };
}

/** Numbers that cost the caller extra, which a gateway never dials. */
export function isPremium(e164: string): boolean {
  return parsePhoneNumberFromString(e164)?.getType() === 'PREMIUM_RATE';
}
