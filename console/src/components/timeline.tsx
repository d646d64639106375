import type { CallEvent } from '../api/types.js';
import { clockTime, dayTime } from '../words/time.js';
import { describeEvent } from '../words/timeline.js';

const MARKS = {
  duplicate: 'told again, changed nothing',
  late: 'came late, changed nothing',
};

/** Everything that happened to the call, in the order it reached us. */
export function Timeline({ events }: { events: readonly CallEvent[] }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {events.length === 0 ? <p class="empty">Nothing has happened yet.</p> : null}
      <ol class="timeline">
        {events.map((event) => (
          <TimelineItem key={event.event_id} event={event} />
        ))}
      </ol>
    </section>
  );
}

function TimelineItem({ event }: { event: CallEvent }) {
  const { title, notes, tone, mark } = describeEvent(event);
  const when = event.occurred_at ?? event.received_at;
  return (
    <li class={`${tone} ${mark ? 'moot' : ''}`} data-type={event.type} data-outcome={event.outcome}>
      <time dateTime={when} title={dayTime(when)}>
        {clockTime(when)}
      </time>
      <div>
        <strong>{title}</strong>
        {mark ? <span class="mark">{MARKS[mark]}</span> : null}
        {notes.length > 0 ? <p>{notes.join(' · ')}</p> : null}
      </div>
    </li>
  );
}
