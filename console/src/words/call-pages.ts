import type { Call, Page } from '../api/types.js';
import { matches, type Filters } from './filters.js';

/** What was read of a list, page by page, newest first. */
export interface CallPages {
  pages: Array<Page<Call>>;
  pageParams: unknown[];
}

/** The list after a change: a call that is shown is replaced, a newer one that fits comes first. */
export function withCall(list: CallPages, change: Call, filters: Filters): CallPages {
  const at = list.pages.findIndex(({ data }) =>
    data.some((call) => call.workflow_run_id === change.workflow_run_id),
  );
  const page = list.pages[at];
  if (page) {
    const data = page.data.map((call) =>
      call.workflow_run_id === change.workflow_run_id ? change : call,
    );
    return { ...list, pages: list.pages.with(at, { ...page, data }) };
  }
  const [first] = list.pages;
  const newest = first?.data[0]?.workflow_run_id ?? 0;
  if (!first || change.workflow_run_id < newest || !matches(change, filters)) return list;
  return { ...list, pages: list.pages.with(0, { ...first, data: [change, ...first.data] }) };
}

/** The list after its first page was read again; null where calls between that and what was known are missing. */
export function withFirstPage(
  list: CallPages,
  read: Page<Call>,
  filters: Filters,
): CallPages | null {
  const newest = list.pages[0]?.data[0]?.workflow_run_id ?? 0;
  const oldest = read.data.at(-1)?.workflow_run_id ?? 0;
  if (read.next_cursor !== null && oldest > newest) return null;
  return read.data.toReversed().reduce((all, call) => withCall(all, call, filters), list);
}
