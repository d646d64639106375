import { describe, expect, it } from '@jest/globals';
import type { Call } from '../api/types.js';
import { call } from '../test-kit/call.js';
import { hasGap, withTold, type Told } from './call-pages.js';
import { EVERYTHING } from './filters.js';

const calls = (...ids: number[]): Call[] => ids.map((id) => call(id));
const told = (...changes: Call[]): Told =>
  new Map(changes.map((change) => [change.workflow_run_id, change]));
const ids = (list: readonly Call[]): number[] => list.map((one) => one.workflow_run_id);

describe('a list of calls', () => {
  it('keeps a changed call in its place, wherever that is', () => {
    const list = withTold(calls(9, 8, 7), told(call(7, { status: 'busy' })), EVERYTHING);
    expect(list.map((one) => [one.workflow_run_id, one.status])).toEqual([
      [9, 'answered'],
      [8, 'answered'],
      [7, 'busy'],
    ]);
  });

  it('begins with new calls that fit, newest first, also if it was empty', () => {
    expect(ids(withTold(calls(9, 8), told(call(10), call(12), call(11)), EVERYTHING))).toEqual([
      12, 11, 10, 9, 8,
    ]);
    expect(ids(withTold([], told(call(1)), EVERYTHING))).toEqual([1]);
    const busy = { ...EVERYTHING, status: 'busy' };
    expect(ids(withTold(calls(9), told(call(10), call(11, { status: 'busy' })), busy))).toEqual([
      11, 9,
    ]);
  });

  it('leaves out an older call until its page is read, and then shows its latest change', () => {
    const changed = told(call(3, { status: 'failed' }));
    expect(ids(withTold(calls(9, 8), changed, EVERYTHING))).toEqual([9, 8]);
    const later = withTold(calls(9, 8, 3), changed, EVERYTHING);
    expect(later.at(-1)?.status).toBe('failed');
  });

  it.each([
    ['the same calls again', [9, 8], 'more', false],
    ['one of them at least', [11, 10, 9], 'more', false],
    ['all there are', [11, 10], null, false],
    ['newer ones alone, and more between', [30, 29], 'more', true],
  ])('misses nothing when its first page, read again, has %s: %o', (_, read, next, gap) => {
    expect(hasGap(calls(9, 8), { data: calls(...read), next_cursor: next })).toBe(gap);
  });
});
