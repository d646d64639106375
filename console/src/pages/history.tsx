import { useCallback } from 'preact/hooks';
import type { Call } from '../api/types.js';
import { CallFilters } from '../components/call-filters.js';
import { CallRows } from '../components/call-rows.js';
import { PageHeading } from '../components/heading.js';
import { ErrorNotice } from '../components/notice.js';
import { Polite } from '../components/polite.js';
import { useCallPages } from '../components/use-call-pages.js';
import { useNearEnd } from '../components/use-near-end.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { Link, useRouter } from '../router.js';
import { filtersOf, placeQuery } from '../words/filters.js';
import { endWords } from '../words/end-reasons.js';

export function HistoryPage() {
  const { query, go } = useRouter();
  const filters = filtersOf(query);
  const { workflows, nameOf } = useWorkflowNames();
  const { calls, complete, error, more } = useCallPages(filters);
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
