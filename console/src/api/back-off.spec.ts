import { expect, it } from '@jest/globals';
import { backOffMs } from './back-off.js';

it('the pause before the next attempt grows to twenty seconds, and is spread over its second half', () => {
  expect([1, 2, 3, 4, 9, 99].map((failures) => backOffMs(failures, 1))).toEqual([
    500, 1_000, 2_000, 4_000, 20_000, 20_000,
  ]);
  expect(backOffMs(3, 0)).toBe(1_000);
});
