import { useEffect, useRef } from 'preact/hooks';
import type { Outcomes } from '../api/system-types.js';
import { useCallChanges, useLoad } from '../hooks.js';
import { m } from '../messages/first.js';
import { Link } from '../router.js';
import { useSession } from '../session.js';
import { WENT_WRONG } from '../words/end-reasons.js';
import { LATELY } from '../words/filters.js';
import { callsText, outcomeLine } from '../words/outcomes.js';
import { shortTime } from '../words/time.js';
import { rich } from './rich.js';

const PATH = `console/api/outcomes?hours=${LATELY}&end_reason=${WENT_WRONG}`;
/** Calls grow older than a day while nothing changes. */
const ASK_EVERY_MS = 300_000;
/** Several calls that end within this time are read once. */
const READ_AFTER_MS = 1_000;

interface FailuresProps {
  workflowName: (workflowId: number) => string;
}

/** What went wrong in the last 24 hours, a line for each cause; each leads to its calls. */
export function Failures({ workflowName }: FailuresProps) {
  const { data, reload } = useLoad<Outcomes>(PATH, { refetchInterval: ASK_EVERY_MS });
  const { session } = useSession();
  const timer = useRef(0);
  useCallChanges(({ end_reason: reason }) => {
    if (reason === null || !WENT_WRONG.split(',').includes(reason)) return;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(reload, READ_AFTER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  if (!data) return null;
  return (
    <section aria-labelledby="failures">
      <h2 id="failures">{m.calls.whatFailedInTheLast}</h2>
      {data.data.length === 0 ? (
        <p class="faint">{m.calls.nothingDid}</p>
      ) : (
        <ul class="cards failures">
          {data.data.map((outcome) => {
            const { text, to, check } = outcomeLine(outcome);
            return (
              <li key={`${to} ${text}`}>
                <span class="count">
                  <Link to={to}>{callsText(outcome.count)}</Link>
                </span>
                <span class="what">{text}</span>
                <span class="faint">
                  {outcome.workflow_id === null ? '' : workflowName(outcome.workflow_id)}
                </span>
                <span class="faint">
                  {rich(m.calls.last, {
                    values: {
                      time: (
                        <Link to={`calls/${outcome.last_run_id}`}>
                          <time dateTime={outcome.last_at}>{shortTime(outcome.last_at)}</time>
                        </Link>
                      ),
                    },
                  })}
                </span>
                {check && session?.administrator ? (
                  <Link to={`doctor?check=${check}`}>{m.calls.lookIntoIt}</Link>
                ) : null}
              </li>
            );
          })}
        </ul>
      )}
      {data.complete ? null : <p class="faint">{m.calls.thereAreMoreThanAre}</p>}
    </section>
  );
}
