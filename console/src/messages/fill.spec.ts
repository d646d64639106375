import { expect, it } from '@jest/globals';
import { byCode, fill, listText, numberText, plural } from './fill.js';

it('a message has its values in its places', () => {
  expect(fill('{from} to {to}, {from}', { from: 'one', to: 2 })).toBe('one to 2, one');
});

it('braces that are no place stay', () => {
  expect(fill<string>('such as {"order": 7}', {})).toBe('such as {"order": 7}');
});

it.each([
  [0, '0 calls'],
  [1, '1 call'],
  [2, 'a pair'],
  [1_200, '1,200 calls'],
])('%s is said in its form', (count, text) => {
  const forms = { one: '{count} call', '=2': 'a pair', other: '{count} calls' } as const;
  expect(plural(forms, count)).toBe(text);
});

it('a message that depends on a number takes other values too', () => {
  const forms = { one: '{found} of {count} line', other: '{found} of {count} lines' } as const;
  expect(plural(forms, 3, { found: 1 })).toBe('1 of 3 lines');
});

it('a code has the message of its name alone', () => {
  expect(byCode({ busy: 'engaged' }, 'busy')).toBe('engaged');
  expect(byCode({}, 'toString')).toBeUndefined();
});

it('lists and numbers are written as the language does', () => {
  expect(listText(['A', 'B'])).toBe('A and B');
  expect(numberText(12_345)).toBe('12,345');
});
