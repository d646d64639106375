import type { CallEvent } from '../api/types.js';
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
    const lasted = `for ${millisText((at - from) * 1_000)}`;
    switch (event.detail['step']) {
      case 'paused':
        pausedAt = at;
        continue;
      case 'resumed':
        marks.push({ kind: 'paused', from, to: at, text: `The agent paused ${lasted}` });
        break;
      case 'given_up':
        marks.push({ kind: 'given_up', from, to: at, text: 'The caller talked over the agent' });
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
    pauses > 0 ? `the agent paused ${timesText(pauses)}` : '',
    stops > 0 ? `the caller talked over it ${timesText(stops)}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function timesText(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}
