import { expect, it } from '@jest/globals';
import { languageFor, localeFor } from './language.js';

it.each([
  [null, ['de-AT', 'en'], 'de'],
  [null, ['fr-FR', 'de'], 'de'],
  [null, ['en-GB', 'de'], 'en'],
  [null, ['fr'], 'en'],
  [null, [], 'en'],
  ['de', ['en-US'], 'de'],
  ['en', ['de-DE'], 'en'],
  ['xx', ['de-DE'], 'de'],
  ['toString', ['de-DE'], 'de'],
] as const)('chosen %s in a browser that prefers %s is %s', (chosen, wanted, language) => {
  expect(languageFor(chosen, wanted)).toBe(language);
});

it('numbers and times are written as in the region of the reader who speaks the language', () => {
  expect(localeFor('de', ['en-US', 'de-CH', 'de'])).toBe('de-CH');
  expect(localeFor('de', ['en-US'])).toBe('de');
});
