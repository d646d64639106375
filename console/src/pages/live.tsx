import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Call, List, LiveCall } from '../api/types.js';
import { CallRows } from '../components/call-rows.js';
import { FirstCall } from '../components/first-call.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { Polite } from '../components/polite.js';
import { StreamState } from '../components/stream-state.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useCallChanges, useEvery, useFeedState, useLoad } from '../hooks.js';
import { Link } from '../router.js';
import { endWords } from '../words/end-reasons.js';
import { noLongerLive, withChange } from '../words/live-calls.js';

/** The streams' quality is asked for; what happens to calls is told without asking. */
const ASK_EVERY_MS = 5_000;

export function LivePage() {
  const { data, error, reload } = useLoad<List<LiveCall>>('console/api/live');
  const [calls, setCalls] = useState<readonly LiveCall[]>([]);
  const [ended, setEnded] = useState<readonly Call[]>([]);
  const { nameOf } = useWorkflowNames();
  const feed = useFeedState();
  const any = calls.length > 0;

  useEffect(() => {
    if (data) setCalls(data.data);
  }, [data]);
  // Connected anew: what the feed did not tell before it was open is asked for.
  useEffect(() => {
    if (feed === 'live') reload();
  }, [feed]);
  useEvery(ASK_EVERY_MS, reload, any);
  useCallChanges((change) => {
    setCalls((before) => withChange(before, change));
    setEnded((before) => noLongerLive(before, change));
  });

  const stream = useCallback((call: LiveCall) => <StreamState call={call} />, []);
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
        Live calls
      </PageHeading>
      <ErrorNotice error={error} />
      <Polite>{liveText(calls.length)}</Polite>
      {any ? (
        <CallRows
          label="Live calls"
          calls={calls}
          workflowName={nameOf}
          complete
          last={{ heading: 'Audio', of: stream }}
        />
      ) : (
        <NoLiveCall known={data !== null} failed={Boolean(error)} />
      )}
      {ended.length > 0 ? (
        <section aria-labelledby="ended">
          <h2 id="ended">Ended just now</h2>
          <CallRows
            label="Calls that ended just now"
            calls={ended}
            workflowName={nameOf}
            complete
            last={{ heading: 'Why it ended', of: reason }}
          />
        </section>
      ) : null}
    </>
  );
}

function NoLiveCall({ known, failed }: { known: boolean; failed: boolean }) {
  if (!known) return failed ? null : <Looking />;
  return (
    <p class="empty">
      No call is in progress. One that begins appears here by itself. <FirstCall />
    </p>
  );
}

function liveText(count: number): string {
  if (count === 0) return 'No live calls';
  return count === 1 ? 'One live call' : `${count} live calls`;
}
