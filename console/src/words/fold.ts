import type { CallEvent } from '../api/types.js';
import { m } from '../messages/all.js';
import { plural } from '../messages/fill.js';
import { describeEvents, type Line } from './timeline.js';

/** One event of a timeline with what was told of it again. */
export interface Folded {
  event: CallEvent;
  line: Line;
  /** Later events that changed nothing, because this one had reported the same. */
  repeats: CallEvent[];
}

/**
 * Puts repetitions to the event that they repeat: the same report sent twice, and the same
 * fact reported by another source. What came late stays where it is, since its place tells something.
 */
export function foldEvents(events: readonly CallEvent[]): Folded[] {
  const lines = describeEvents(events);
  const folded: Folded[] = [];
  for (const [index, event] of events.entries()) {
    const line = lines[index];
    if (!line) continue;
    const isRepeat = line.mark === 'duplicate' || line.mark === 'again';
    const first = isRepeat ? folded.find((one) => isSame(one, event)) : undefined;
    if (first) first.repeats.push(event);
    else folded.push({ event, line, repeats: [] });
  }
  return folded;
}

function isSame({ event, line }: Folded, repeat: CallEvent): boolean {
  return line.mark === null && event.type === repeat.type && event.status === repeat.status;
}

/** `told again`, `told again 3 times`. */
export function repeatsText({ repeats }: Pick<Folded, 'repeats'>): string {
  return plural(m.timeline.toldAgainCount, repeats.length);
}
