import { useEffect, useMemo, useRef } from 'preact/hooks';
import { ApiProblem } from '../api/http.js';
import { queries } from '../api/queries.js';
import type { CallDetail, List, Refusal, Workflow } from '../api/types.js';
import { Playback } from '../audio/playback.js';
import { CallActions } from '../components/call-actions.js';
import { CallFacts } from '../components/call-facts.js';
import { EndReason } from '../components/end-reason.js';
import { PageHeading } from '../components/heading.js';
import { LiveQuality } from '../components/live-quality.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { Quality } from '../components/quality.js';
import { Recording } from '../components/recording.js';
import { Refusals } from '../components/refusals.js';
import { rich } from '../components/rich.js';
import { SimulatedMark } from '../components/simulated.js';
import { StatusBadge } from '../components/status-badge.js';
import { Transcript } from '../components/transcript.js';
import { Timeline } from '../components/timeline.js';
import { useCallChanges, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';

/** Several changes within this time are read once. */
const READ_AFTER_MS = 120;

export function CallPage({ runId }: { runId: number }) {
  const path = `api/v1/telephony/calls/${runId}`;
  const { data: call, error } = useLoad<CallDetail>(path);
  const refusals = useLoad<List<Refusal>>(`console/api/calls/${runId}/refusals`);
  const workflow = useLoad<Workflow>(call ? `api/v1/workflows/${call.workflow_id}` : null);
  const playback = useMemo(() => new Playback(), [runId]);
  const timer = useRef(0);
  const readAgain = (): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      void queries.invalidateQueries({ queryKey: [path] });
      refusals.reload();
    }, READ_AFTER_MS);
  };
  useCallChanges((change) => {
    if (change.workflow_run_id === runId) readAgain();
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  if (!call) {
    const absent = error instanceof ApiProblem && error.status === 404;
    return (
      <>
        <PageHeading>{fill(m.call.call, { runId })}</PageHeading>
        {absent ? (
          <p class="empty">
            {rich(m.call.thereIsNoSuchCall, {
              marks: { link: (text) => <Link to="calls">{text}</Link> },
            })}
          </p>
        ) : error ? (
          <ErrorNotice error={error} />
        ) : (
          <Looking />
        )}
      </>
    );
  }
  return (
    <>
      <PageHeading
        actions={
          <CallActions
            call={call}
            targets={workflow.data?.transfer_targets ?? []}
            onDone={readAgain}
          />
        }
      >
        {fill(m.call.call, { runId })}
      </PageHeading>
      <p class="lead" role="status">
        <StatusBadge call={call} />
        <SimulatedMark simulated={call.simulated} />
        {call.streaming ? <span>{m.call.audioIsFlowing}</span> : null}
      </p>
      <ErrorNotice error={error} />
      <EndReason call={call} workflow={workflow.data} />
      <CallFacts call={call} workflow={workflow.data} />
      <div class="columns">
        <div>
          <Timeline events={call.events} />
          <Refusals refusals={refusals.data?.data ?? []} />
        </div>
        <div>
          <Recording
            call={path}
            ended={call.ended_at !== null}
            recorded={workflow.data?.recording ?? false}
            events={call.events}
            playback={playback}
          />
          {call.transcribed ? (
            <Transcript
              call={path}
              ended={call.ended_at !== null}
              events={call.events.length}
              playback={playback}
            />
          ) : null}
          {call.streaming ? <LiveQuality runId={runId} /> : null}
          <Quality events={call.events} />
        </div>
      </div>
    </>
  );
}
