import { describe, expect, it } from '@jest/globals';
import { CALLING_CODES, isEmergency, isPremium, parseE164 } from './phone-number.js';

describe('a number', () => {
  it.each([
    ['+14155552671', '1'],
    ['+12025550100', '1'],
    ['+442079460958', '44'],
    ['+4930901820', '49'],
    ['+390612345678', '39'],
    ['+97239999999', '972'],
    ['+870123456789', '870'],
  ])('%s is read, with its country code', (text, callingCode) => {
    expect(parseE164(text)).toEqual({ e164: text, callingCode });
  });

  it.each([
    ['Mexico’s old mobile prefix', '+5215512345678', '52'],
    ['Argentina’s 15', '+541115001234', '54'],
    ['a national zero kept', '+4402079460958', '44'],
    ['a length unknown in its country', '+1415555267', '1'],
    ['a code of no country', '+9991234567', null],
  ])('written with %s is taken as it is', (_, text, callingCode) => {
    expect(parseE164(text)).toEqual({ e164: text, callingCode });
  });

  it.each([
    ['nothing', ''],
    ['no plus', '14155552671'],
    ['spaces', '+1 415 555 2671'],
    ['too few digits', '+123456'],
    ['too many digits', '+1415555267100000'],
    ['a word', 'anonymous'],
    ['a SIP address', 'sip:bob@example.com'],
  ])('written with %s is none', (_, text) => {
    expect(parseE164(text)).toBeNull();
  });
});

it('no calling code begins with another, so that the first match is the only one', () => {
  const codes = [...CALLING_CODES];
  expect(codes.length).toBeGreaterThan(200);
  expect(codes.filter((one) => codes.some((two) => one !== two && one.startsWith(two)))).toEqual(
    [],
  );
});

it.each([
  ['+19005550100', true],
  ['+449098790000', true],
  ['+97912345678', true],
  ['+14155552671', false],
  ['+18005550100', false],
  ['+5215512345678', false],
  ['garbage', false],
])('%s costs extra: %s', (number, premium) => {
  expect(isPremium(number)).toBe(premium);
});

it.each([
  ['digits that the network ignores', '+19005550100123'],
  ['a national zero', '+4409098790000'],
])('%s do not hide a number that costs extra', (_, number) => {
  expect(isPremium(number)).toBe(true);
});

it.each([
  ['+1911555010', true],
  ['+44999000000', true],
  ['+441120000', true],
  ['+610001234', true],
  // The numbering plan assigns this number to a subscriber.
  ['+919115550100', false],
  ['+14155552671', false],
  ['+9991234567', false],
  ['sip:911@x', false],
])('%s leads to where help is called: %s', (number, emergency) => {
  expect(isEmergency(number)).toBe(emergency);
});
