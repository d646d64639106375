import type { CallEvent } from '../api/types.js';
import { m } from '../messages/all.js';
import { streamStep } from './stream-step.js';
import { streamEndText } from './timeline.js';

/**
 * What the timeline knows about why a call ended, beyond the reason itself: the
 * agent's own words, the carrier's, or how the stream was lost.
 * @returns a sentence; null if it knows no more
 */
export function causeOf(endReason: string, events: readonly CallEvent[]): string | null {
  const last = (fits: (event: CallEvent) => boolean): CallEvent | undefined =>
    events.findLast(fits);
  const failed = last(({ type, detail }) => type === 'agent' && detail['agent'] === 'failed');
  // This holds even if somebody hung up before we could: the caller heard the failure.
  if (failed) return sentence(m.call.theAgentsReason, failed.detail['reason']);
  if (endReason === 'stream_lost') {
    const lost = last((event) => streamStep(event) === 'ended');
    return lost ? sentence(m.call.theMediaStream, streamEndText(lost.detail)) : null;
  }
  const told = last(({ type, status, outcome, detail }) => {
    const ended = type === 'status' && (status === 'failed' || endReason === 'unknown');
    return ended && outcome === 'applied' && (detail['reason'] ?? detail['carrier']) !== undefined;
  });
  if (told?.detail['reason'] !== undefined)
    return sentence(m.call.theReasonGiven, told.detail['reason']);
  return told ? sentence(m.call.theCarrier, told.detail['carrier']) : null;
}

function sentence(subject: string, what: unknown): string | null {
  if (typeof what !== 'string' || what === '') return null;
  return `${subject}: ${what}${/[.!?]$/.test(what) ? '' : '.'}`;
}
