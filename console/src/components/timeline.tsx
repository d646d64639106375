import type { CallEvent } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { foldEvents, repeatsText, type Folded } from '../words/fold.js';
import { clockTime, dayTime, exactTime } from '../words/time.js';
import { sourceText } from '../words/timeline.js';

const MARKS = {
  duplicate: m.timeline.toldAgainChangedNothing,
  late: m.timeline.cameLateChangedNothing,
  again: m.timeline.knownAlready,
};
/** From here on the carrier's time is worth a note; it counts in whole seconds. */
const APART_MS = 2_000;

/** Everything that happened to the call, in the order in which it arrived. */
export function Timeline({ events }: { events: readonly CallEvent[] }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">{m.timeline.timeline}</h2>
      {events.length === 0 ? <p class="empty">{m.timeline.nothingHasHappenedYet}</p> : null}
      <ol class="timeline">
        {foldEvents(events).map((folded) => (
          <TimelineItem key={folded.event.event_id} folded={folded} />
        ))}
      </ol>
    </section>
  );
}

function TimelineItem({ folded }: { folded: Folded }) {
  const { event, line, repeats } = folded;
  const { title, notes, tone, mark } = line;
  const apart = apartText(event);
  const all = apart === null ? notes : [...notes, apart];
  return (
    <li class={`${tone} ${mark ? 'moot' : ''}`} data-type={event.type} data-outcome={event.outcome}>
      <Arrived event={event} />
      <div>
        <strong>{title}</strong>
        {mark ? <span class={`mark ${mark}`}>{MARKS[mark]}</span> : null}
        {all.length > 0 ? <p>{all.join(' · ')}</p> : null}
        {repeats.length > 0 ? (
          <details class="repeats">
            <summary>{repeatsText(folded)}</summary>
            <ul>
              {repeats.map((repeat) => (
                <li key={repeat.event_id} data-outcome={repeat.outcome}>
                  <Arrived event={repeat} /> {sourceText(repeat.source)}
                </li>
              ))}
            </ul>
          </details>
        ) : null}
      </div>
    </li>
  );
}

/** To the millisecond, because the order of arrival is what a timeline shows. */
function Arrived({ event: { received_at: at } }: { event: CallEvent }) {
  return (
    <time dateTime={at} title={dayTime(at)}>
      {exactTime(at)}
    </time>
  );
}

/** When it happened, where that was clearly before it arrived. */
function apartText({ occurred_at: occurred, received_at: received }: CallEvent): string | null {
  if (occurred === null || Date.parse(received) - Date.parse(occurred) < APART_MS) return null;
  return fill(m.timeline.happenedAt, { occurred: clockTime(occurred) });
}
