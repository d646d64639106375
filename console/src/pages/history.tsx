import { useCallback } from 'preact/hooks';
import type { Call } from '../api/types.js';
import { CallFilters } from '../components/call-filters.js';
import { CallRows } from '../components/call-rows.js';
import { CsvButton } from '../components/csv-button.js';
import { FirstCall } from '../components/first-call.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { Polite } from '../components/polite.js';
import { useCallPages } from '../components/use-call-pages.js';
import { useNearEnd } from '../components/use-near-end.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { Link, useRouter } from '../router.js';
import { filtersOf, isEverything, placeQuery, type Filters } from '../words/filters.js';
import { endWords } from '../words/end-reasons.js';
import { callsText } from '../words/outcomes.js';

export function HistoryPage() {
  const { query, go } = useRouter();
  const filters = filtersOf(query);
  const { workflows, nameOf } = useWorkflowNames();
  const { calls, complete, error, more, path } = useCallPages(filters);
  useNearEnd(more, !complete && !error, calls.length);
  const reason = useCallback(
    (call: Call) => (call.end_reason ? endWords(call.end_reason).short : '–'),
    [],
  );
  return (
    <>
      <PageHeading
        actions={
          <>
            <Link to="place" class="button">
              Place a call
            </Link>
            <CsvButton path={path} />
          </>
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
        <NoCall complete={complete} failed={Boolean(error)} filters={filters} />
      )}
      <Polite>{`${callsText(calls.length)}${complete ? '' : ' so far'}`}</Polite>
      {complete && calls.length > 0 ? (
        <p class="end faint">{callsText(calls.length)}, no more.</p>
      ) : null}
    </>
  );
}

interface NoCallProps {
  complete: boolean;
  failed: boolean;
  filters: Filters;
}

function NoCall({ complete, failed, filters }: NoCallProps) {
  if (!complete) return failed ? null : <Looking />;
  if (isEverything(filters)) {
    return (
      <p class="empty">
        There is no call yet. <FirstCall />
      </p>
    );
  }
  return (
    <p class="empty">
      No call fits.{filters.number === '' ? '' : ' A number must be whole, with its country code.'}
    </p>
  );
}
