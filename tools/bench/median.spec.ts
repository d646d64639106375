import { expect, it } from '@jest/globals';
import { median } from './median.js';

it.each([
  [[7], 7],
  [[5, 1, 3], 3],
  [[3, 1], 2],
  [[4, 9, 1, 2], 3],
  [[], Number.NaN],
])('the median of %j is %p', (values, expected) => {
  expect(median(values)).toBe(expected);
});
