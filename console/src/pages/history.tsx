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
import { fill, plural } from '../messages/fill.js';
import { m } from '../messages/first.js';
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
              {m.calls.placeACall}
            </Link>
            <CsvButton path={path} />
          </>
        }
      >
        {m.calls.history}
      </PageHeading>
      <CallFilters
        filters={filters}
        workflows={workflows}
        onChange={(next) => go(`calls${placeQuery(next)}`, { replace: true })}
      />
      <ErrorNotice error={error} />
      {calls.length > 0 ? (
        <CallRows
          label={m.calls.calls}
          calls={calls}
          workflowName={nameOf}
          complete={complete}
          last={{ heading: m.calls.whyItEnded, of: reason }}
        />
      ) : (
        <NoCall complete={complete} failed={Boolean(error)} filters={filters} />
      )}
      <Polite>
        {complete ? callsText(calls.length) : plural(m.calls.callsSoFar, calls.length)}
      </Polite>
      {complete && calls.length > 0 ? (
        <p class="end faint">{fill(m.calls.noMore, { calls: callsText(calls.length) })}</p>
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
        {m.calls.thereIsNoCallYet} <FirstCall />
      </p>
    );
  }
  return (
    <p class="empty">
      {m.calls.noCallFits}
      {filters.number === '' ? '' : ` ${m.calls.aNumberMustBeWhole}`}
    </p>
  );
}
