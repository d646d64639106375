import { describe, expect, it } from '@jest/globals';
import type { Call } from '../api/types.js';
import { call } from '../test-kit/call.js';
import { withCall, withFirstPage, type CallPages } from './call-pages.js';
import { EVERYTHING } from './filters.js';

const page = (ids: number[], next: string | null = null) => ({
  data: ids.map((id) => call(id)),
  next_cursor: next,
});
const list = (...pages: number[][]): CallPages => ({
  pages: pages.map((ids) => page(ids)),
  pageParams: pages.map(() => null),
});
const all = ({ pages }: CallPages): Call[] => pages.flatMap(({ data }) => data);
const ids = (one: CallPages): number[] => all(one).map((each) => each.workflow_run_id);

describe('the pages of a list', () => {
  it('have a changed call in its place, on whichever page', () => {
    const after = withCall(list([9, 8], [7, 6]), call(6, { status: 'busy' }), EVERYTHING);
    expect(ids(after)).toEqual([9, 8, 7, 6]);
    expect(
      all(after)
        .map(({ status }) => status)
        .at(-1),
    ).toBe('busy');
  });

  it('begin with a new one that fits, also where there was none', () => {
    expect(ids(withCall(list([9, 8]), call(10), EVERYTHING))).toEqual([10, 9, 8]);
    expect(ids(withCall(list([]), call(1), EVERYTHING))).toEqual([1]);
    const busy = { ...EVERYTHING, status: 'busy' };
    expect(ids(withCall(list([9]), call(10), busy))).toEqual([9]);
  });

  it('leave out an older one: its page will be read', () => {
    expect(ids(withCall(list([9, 8]), call(3), EVERYTHING))).toEqual([9, 8]);
  });

  it('catch up with a first page that was read again', () => {
    const whole = withFirstPage(list([9, 8], [7]), page([11, 10, 9], 'more'), EVERYTHING);
    expect(whole && ids(whole)).toEqual([11, 10, 9, 8, 7]);
    const empty = withFirstPage(list([]), page([2, 1]), EVERYTHING);
    expect(empty && ids(empty)).toEqual([2, 1]);
  });

  it('cannot, where more was missed than a page holds', () => {
    expect(withFirstPage(list([9, 8]), page([30, 29], 'more'), EVERYTHING)).toBeNull();
    expect(withFirstPage(list([]), page([30, 29], 'more'), EVERYTHING)).toBeNull();
  });
});
