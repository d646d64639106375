import { describe, expect, it } from '@jest/globals';
import { isPremium, parseE164 } from './phone-number.js';

describe('a number', () => {
  it.each([
    ['+14155552671', '1'],
    ['+12025550100', '1'],
    ['+442079460958', '44'],
    ['+4930901820', '49'],
    ['+390612345678', '39'],
    ['+97239999999', '972'],
  ])('%s is read, with its country code', (text, callingCode) => {
    expect(parseE164(text)).toEqual({ e164: text, callingCode });
  });

  it.each([
    ['nothing', ''],
    ['no plus', '14155552671'],
    ['an international prefix', '0014155552671'],
    ['spaces', '+1 415 555 2671'],
    ['punctuation', '+1(415)555-2671'],
    ['a line break', '+14155552671\n'],
    ['a leading zero', '+04155552671'],
    ['an extension', '+14155552671;ext=5'],
    ['letters', '+1415555CALL'],
    ['digits of another script', '+١٤١٥٥٥٥٢٦٧١'],
    ['too few digits', '+141555'],
    ['too many digits', '+1415555267100000'],
    ['a country that there is not', '+9991234567'],
    ['a length impossible in its country', '+1415555267'],
    ['a national zero kept', '+4402079460958'],
    ['a word', 'anonymous'],
    ['a SIP address', 'sip:bob@example.com'],
  ])('written with %s is none', (_, text) => {
    expect(parseE164(text)).toBeNull();
  });
});

it.each([
  ['+19005550100', true],
  ['+449098790000', true],
  ['+14155552671', false],
  ['+18005550100', false],
  ['garbage', false],
])('%s costs extra: %s', (number, premium) => {
  expect(isPremium(number)).toBe(premium);
});
