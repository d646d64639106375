import { useCallback, useState } from 'preact/hooks';
import { queries } from '../api/queries.js';
import type { Call, List, LiveCall } from '../api/types.js';
import { CallRows } from '../components/call-rows.js';
import { Failures } from '../components/failures.js';
import { FirstCall } from '../components/first-call.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { Polite } from '../components/polite.js';
import { StreamState } from '../components/stream-state.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useCallChanges, useFeedState, useLoad } from '../hooks.js';
import { plural } from '../messages/fill.js';
import { m } from '../messages/first.js';
import { Link } from '../router.js';
import { endWords } from '../words/end-reasons.js';
import { noLongerLive, withChange } from '../words/live-calls.js';

/** How often the streams' quality is requested. Changes of calls arrive by themselves. */
const ASK_EVERY_MS = 5_000;
const PATH = 'console/api/live';

export function LivePage() {
  const { data, error } = useLoad<List<LiveCall>>(PATH, {
    refetchInterval: ({ state }) => (state.data?.data.length ? ASK_EVERY_MS : false),
  });
  const [ended, setEnded] = useState<readonly Call[]>([]);
  const { nameOf } = useWorkflowNames();
  const feed = useFeedState();
  const calls = data?.data ?? [];
  const any = calls.length > 0;
  // While the service does not answer, the live calls are not known; those from before may be over.
  const known = data !== null && !error && feed !== 'reconnecting';
  useCallChanges((change) => {
    queries.setQueryData<List<LiveCall>>(
      [PATH],
      (before) => before && { ...before, data: withChange(before.data, change) },
    );
    setEnded((before) => noLongerLive(before, change));
  });

  const several = new Set(calls.flatMap(({ instance }) => instance ?? [])).size > 1;
  const stream = useCallback(
    (call: LiveCall) => <StreamState call={call} withInstance={several} />,
    [several],
  );
  const reason = useCallback(
    (call: Call) => (call.end_reason ? endWords(call.end_reason).short : '–'),
    [],
  );
  return (
    <>
      <PageHeading
        actions={
          <Link to="place" class="button">
            {m.calls.placeACall}
          </Link>
        }
      >
        {m.calls.liveCalls}
      </PageHeading>
      <ErrorNotice error={error} />
      <Polite>{known ? liveText(calls.length) : m.calls.liveCallsAreNotKnown}</Polite>
      {any ? (
        <CallRows
          label={m.calls.liveCalls}
          calls={calls}
          workflowName={nameOf}
          complete
          last={{ heading: m.calls.audio, of: stream }}
        />
      ) : (
        <NoLiveCall known={known} first={data === null && !error} />
      )}
      <Failures workflowName={nameOf} />
      {ended.length > 0 ? (
        <section aria-labelledby="ended">
          <h2 id="ended">{m.calls.endedJustNow}</h2>
          <CallRows
            label={m.calls.callsThatEndedJustNow}
            calls={ended}
            workflowName={nameOf}
            complete
            last={{ heading: m.calls.whyItEnded, of: reason }}
          />
        </section>
      ) : null}
    </>
  );
}

/** @param first no answer has come yet, not even a refusal */
function NoLiveCall({ known, first }: { known: boolean; first: boolean }) {
  if (first) return <Looking />;
  if (!known) {
    return <p class="empty">{m.calls.whichCallsAreInProgress}</p>;
  }
  return (
    <p class="empty">
      {m.calls.noCallIsInProgress} <FirstCall />
    </p>
  );
}

function liveText(count: number): string {
  if (count === 0) return m.calls.noLiveCalls;
  return plural(m.calls.liveCount, count);
}
