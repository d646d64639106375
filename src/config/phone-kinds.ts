import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js';
import { bad, good } from './kinds.js';
import type { Kind } from './kinds.js';

/** Comma-separated E.164 numbers, each once. */
export const phoneNumbers: Kind<readonly string[]> = {
  expected: 'phone numbers in E.164 form, separated by commas, such as +12025550100,+442079460000',
  parse: (text) => {
    const numbers = text.split(',').map((number) => number.trim());
    return numbers.every(isE164) ? good([...new Set(numbers)]) : bad();
  },
};

function isE164(text: string): boolean {
  // The pattern first: the library alone would also read spaces, brackets and extensions.
  return /^\+[1-9]\d{5,14}$/.test(text) && parsePhoneNumberFromString(text)?.isPossible() === true;
}

/** Codes that belong to no country: freephone, shared cost, satellite, global networks, premium. */
const WITHOUT_COUNTRY = ['800', '808', '870', '878', '881', '882', '883', '888', '979'];

/** Comma-separated country calling codes, each once; a leading `+` is dropped. */
export const callingCodes: Kind<readonly string[]> = {
  expected: 'country calling codes separated by commas, such as 1,44',
  parse: (text) => {
    const known = new Set<string>([
      ...getCountries().map((country) => getCountryCallingCode(country)),
      ...WITHOUT_COUNTRY,
    ]);
    const codes = text.split(',').map((code) => code.trim().replace(/^\+/, ''));
    const unknown = codes.some((code) => !known.has(code));
    return unknown
      ? bad('at least one of them is no country calling code')
      : good([...new Set(codes)]);
  },
};
