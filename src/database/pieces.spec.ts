import { describe, expect, it } from '@jest/globals';
import { pieces, ROWS_PER_SWEEP, sweepInPieces } from './pieces.js';

describe('a list in pieces', () => {
  it.each([
    [[], 2, []],
    [[1], 2, [[1]]],
    [[1, 2], 2, [[1, 2]]],
    [[1, 2, 3, 4, 5], 2, [[1, 2], [3, 4], [5]]],
  ])('%j by %d: %j', (list, size, expected) => {
    expect(pieces(list as number[], size)).toEqual(expected);
  });
});

describe('a sweep in pieces', () => {
  it('goes on while there may be more, and stops then', async () => {
    const left = [ROWS_PER_SWEEP, ROWS_PER_SWEEP, ROWS_PER_SWEEP - 1, 5];
    const limits: number[] = [];
    await sweepInPieces((limit) => {
      limits.push(limit);
      return Promise.resolve(BigInt(left.shift() ?? 0));
    });
    expect(limits).toEqual([ROWS_PER_SWEEP, ROWS_PER_SWEEP, ROWS_PER_SWEEP]);
    expect(left).toEqual([5]);
  });
});
