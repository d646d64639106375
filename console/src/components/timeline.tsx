import type { CallEvent } from '../api/types.js';
import { clockTime, dayTime } from '../words/time.js';
import { describeEvents, type Line } from '../words/timeline.js';

const MARKS = {
  duplicate: 'told again, changed nothing',
  late: 'came late, changed nothing',
  again: 'known already',
};

/** Everything that happened to the call, in the order in which it arrived. */
export function Timeline({ events }: { events: readonly CallEvent[] }) {
  const lines = describeEvents(events);
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {events.length === 0 ? <p class="empty">Nothing has happened yet.</p> : null}
      <ol class="timeline">
        {events.map((event, index) => (
          <TimelineItem key={event.event_id} event={event} line={lines[index]} />
        ))}
      </ol>
    </section>
  );
}

function TimelineItem({ event, line }: { event: CallEvent; line: Line | undefined }) {
  if (!line) return null;
  const { title, notes, tone, mark } = line;
  const when = event.occurred_at ?? event.received_at;
  return (
    <li class={`${tone} ${mark ? 'moot' : ''}`} data-type={event.type} data-outcome={event.outcome}>
      <time dateTime={when} title={dayTime(when)}>
        {clockTime(when)}
      </time>
      <div>
        <strong>{title}</strong>
        {mark ? <span class={`mark ${mark}`}>{MARKS[mark]}</span> : null}
        {notes.length > 0 ? <p>{notes.join(' · ')}</p> : null}
      </div>
    </li>
  );
}
