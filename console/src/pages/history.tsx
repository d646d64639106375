import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { call as callApi } from '../api/http.js';
import type { Call, Page } from '../api/types.js';
import { CallFilters } from '../components/call-filters.js';
import { CallRows } from '../components/call-rows.js';
import { PageHeading } from '../components/heading.js';
import { ErrorNotice } from '../components/notice.js';
import { Polite } from '../components/polite.js';
import { useNearEnd } from '../components/use-near-end.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useCallChanges } from '../hooks.js';
import { Link, useRouter } from '../router.js';
import { apiQuery, type Filters, filtersOf, matches, placeQuery } from '../words/filters.js';
import { endWords } from '../words/end-reasons.js';

export function HistoryPage() {
  const { query, go } = useRouter();
  const filters = filtersOf(query);
  const asked = apiQuery(filters);
  const { workflows, nameOf } = useWorkflowNames();
  const { calls, complete, error, more } = useCallPages(asked, filters);
  useNearEnd(more, !complete && !error, calls.length);
  const reason = useCallback(
    (call: Call) => (call.end_reason ? endWords(call.end_reason).short : '–'),
    [],
  );
  return (
    <>
      <PageHeading
        actions={
          <Link to="place" class="button">
            Place a call
          </Link>
        }
      >
        History
      </PageHeading>
      <CallFilters
        filters={filters}
        workflows={workflows}
        onChange={(next) => go(`calls${placeQuery(next)}`, { replace: true })}
      />
      <ErrorNotice error={error} />
      {calls.length > 0 ? (
        <CallRows
          label="Calls"
          calls={calls}
          workflowName={nameOf}
          complete={complete}
          last={{ heading: 'Why it ended', of: reason }}
        />
      ) : (
        <p class="empty">{complete ? 'No call fits.' : error ? '' : 'Looking…'}</p>
      )}
      <Polite>{complete ? `${calls.length} calls` : `${calls.length} calls so far`}</Polite>
      {error ? (
        <button type="button" onClick={more}>
          Try again
        </button>
      ) : null}
      {complete && calls.length > 0 ? (
        <p class="end faint">{calls.length} calls, no more.</p>
      ) : null}
    </>
  );
}

interface Pages {
  calls: readonly Call[];
  complete: boolean;
  error: unknown;
  more: () => void;
}

const FIRST: Omit<Pages, 'more'> & { cursor: string | null } = {
  calls: [],
  complete: false,
  error: null,
  cursor: null,
};

/** The calls that fit, page by page; changes of those shown, and new ones, come by themselves. */
function useCallPages(asked: string, filters: Filters): Pages {
  const [pages, setPages] = useState(FIRST);
  const loading = useRef<AbortController | null>(null);
  const load = useCallback(
    (cursor: string | null): void => {
      const abort = new AbortController();
      loading.current = abort;
      const from = cursor === null ? '' : `&cursor=${cursor}`;
      callApi<Page<Call>>('GET', `api/v1/telephony/calls?${asked}${from}`, undefined, abort.signal)
        .then((page) =>
          setPages((before) => ({
            calls: cursor === null ? page.data : [...before.calls, ...page.data],
            complete: page.next_cursor === null,
            error: null,
            cursor: page.next_cursor,
          })),
        )
        .catch((error: unknown) => {
          if (!abort.signal.aborted) setPages((before) => ({ ...before, error }));
        })
        .finally(() => {
          if (loading.current === abort) loading.current = null;
        });
    },
    [asked],
  );
  useEffect(() => {
    setPages(FIRST);
    load(null);
    return () => loading.current?.abort();
  }, [load]);
  useCallChanges((change) =>
    setPages((before) => ({ ...before, calls: updated(before.calls, change, filters) })),
  );
  const more = useCallback(() => {
    if (!loading.current) load(pages.cursor);
  }, [load, pages.cursor]);
  return { ...pages, more };
}

function updated(calls: readonly Call[], change: Call, filters: Filters): readonly Call[] {
  const index = calls.findIndex((call) => call.workflow_run_id === change.workflow_run_id);
  if (index >= 0) return calls.with(index, change);
  const newest = calls[0]?.workflow_run_id ?? 0;
  return change.workflow_run_id > newest && matches(change, filters) ? [change, ...calls] : calls;
}
