import type { ComponentChildren } from 'preact';
import type { Call } from '../api/types.js';
import { useNarrow } from '../hooks.js';
import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';
import { Link } from '../router.js';
import { partyWords } from '../words/parties.js';
import { shortTime } from '../words/time.js';
import { Duration } from './duration.js';
import { SimulatedMark } from './simulated.js';
import { StatusBadge } from './status-badge.js';
import { useWindow } from './use-window.js';

/** All rows have this height, so that only the visible ones need to exist. In pixels, as in calls.css. */
const ROW_PX = 44;
const ROW_NARROW_PX = 76;

interface CallRowsProps {
  label: string;
  calls: readonly Call[];
  /** The heading of the last column, and its content. */
  last: { heading: string; of: (call: Call) => ComponentChildren };
  workflowName: (workflowId: number) => string;
  /** True: all rows are here, and the server has no more. */
  complete: boolean;
}

/** A table of calls of any length. */
export function CallRows({ label, calls, last, workflowName, complete }: CallRowsProps) {
  const rowPx = useNarrow() ? ROW_NARROW_PX : ROW_PX;
  const { box, first, end } = useWindow(calls.length, rowPx);
  return (
    <div
      class="calls"
      role="table"
      aria-label={label}
      aria-rowcount={complete ? calls.length + 1 : -1}
    >
      <div role="rowgroup" class="calls-head">
        <div role="row" class="call-row" aria-rowindex={1}>
          {[
            m.calls.call,
            m.calls.status,
            m.calls.otherSide,
            m.common.workflow,
            m.calls.started,
            m.calls.duration,
            last.heading,
          ].map((heading) => (
            <span role="columnheader" key={heading}>
              {heading}
            </span>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        ref={box}
        class="calls-body"
        style={{ height: `${calls.length * rowPx}px` }}
      >
        {calls.slice(first, end).map((call, index) => (
          <div
            role="row"
            key={call.workflow_run_id}
            class="call-row"
            aria-rowindex={first + index + 2}
            style={{ transform: `translateY(${(first + index) * rowPx}px)` }}
          >
            <span role="cell" class="id">
              <Link
                to={`calls/${call.workflow_run_id}`}
                label={fill(m.calls.callNumber, { id: call.workflow_run_id })}
              >
                #{call.workflow_run_id}
              </Link>
            </span>
            <span role="cell" class="status">
              <StatusBadge call={call} /> <SimulatedMark simulated={call.simulated} />
            </span>
            <span role="cell" class="party">
              <OtherSide call={call} />
            </span>
            <span role="cell" class="workflow">
              {workflowName(call.workflow_id)}
            </span>
            <span role="cell" class="started">
              <time dateTime={call.created_at}>{shortTime(call.created_at)}</time>
            </span>
            <span role="cell" class="duration">
              <Duration call={call} />
            </span>
            <span role="cell" class="last">
              {last.of(call)}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}

/** The other party's number, and the direction of the call. */
export function OtherSide({ call }: { call: Call }) {
  const inbound = call.direction === 'inbound';
  return (
    <>
      <span class="direction" aria-hidden="true">
        {inbound ? '↙' : '↗'}
      </span>
      <span class="sr">{inbound ? `${m.calls.fromParty} ` : `${m.calls.toParty} `}</span>
      <span class="number">{partyWords(call, inbound ? 'from' : 'to')}</span>
    </>
  );
}
