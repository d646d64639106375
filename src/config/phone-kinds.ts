import { isE164 } from '../shared/party.js';
import { CALLING_CODES } from '../shared/phone-number.js';
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

/** Comma-separated country calling codes, each once; a leading `+` is dropped. */
export const callingCodes: Kind<readonly string[]> = {
  expected: 'country calling codes separated by commas, such as 1,44',
  parse: (text) => {
    const codes = text.split(',').map((code) => code.trim().replace(/^\+/, ''));
    const unknown = codes.some((code) => !CALLING_CODES.has(code));
    return unknown
      ? bad('at least one of them is no country calling code')
      : good([...new Set(codes)]);
  },
};
