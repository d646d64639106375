import type { CallEvent } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill, plural } from '../messages/fill.js';
import { streamStep } from './stream-step.js';
import { millisText } from './time.js';

/** A place in a recording at which the caller talked, or seemed to talk, over the agent. */
export interface InterruptionMark {
  /** `paused`: the agent went on; `given_up`: it stopped. */
  kind: 'paused' | 'given_up';
  /** In seconds of the recording; while the agent was silent, or the moment at which it stopped. */
  from: number;
  to: number;
  text: string;
}

/** By the timeline of a call: the recording begins with its first media stream. */
export function interruptionMarks(events: readonly CallEvent[]): InterruptionMark[] {
  const began = events.find((event) => streamStep(event) === 'started');
  if (!began) return [];
  const beganAt = timeOf(began);
  const marks: InterruptionMark[] = [];
  let pausedAt: number | null = null;
  for (const event of events) {
    if (event.type !== 'interruption') continue;
    const at = (timeOf(event) - beganAt) / 1_000;
    const from: number = pausedAt ?? at;
    const time = millisText((at - from) * 1_000);
    switch (event.detail['step']) {
      case 'paused':
        pausedAt = at;
        continue;
      case 'resumed':
        marks.push({
          kind: 'paused',
          from,
          to: at,
          text: fill(m.recording.theAgentPausedFor, { time }),
        });
        break;
      case 'given_up':
        marks.push({ kind: 'given_up', from, to: at, text: m.recording.theCallerTalkedOverThe });
        break;
    }
    pausedAt = null;
  }
  return marks;
}

/** Of what our side saw, the time at which it was told is that at which it happened. */
function timeOf({ occurred_at: occurredAt, received_at: receivedAt }: CallEvent): number {
  return Date.parse(occurredAt ?? receivedAt);
}

/** How often, in words: `the agent paused twice, the caller talked over it once`; empty: never. */
export function marksText(marks: readonly InterruptionMark[]): string {
  const count = (kind: InterruptionMark['kind']): number =>
    marks.filter((mark) => mark.kind === kind).length;
  const [pauses, stops] = [count('paused'), count('given_up')];
  return [
    pauses > 0 ? plural(m.recording.agentPausedTimes, pauses) : '',
    stops > 0 ? plural(m.recording.talkedOverTimes, stops) : '',
  ]
    .filter(Boolean)
    .join(', ');
}
