import { describe, expect, it } from '@jest/globals';
import { retryAfter } from './retry-after.js';

const NOW = new Date('2026-11-23T12:00:00Z');

describe('when to try again', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['soon', null],
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['99999999', 3_600],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
  ])('%j: %j', (header, seconds) => {
    expect(retryAfter(header, NOW)).toBe(seconds);
  });
});
