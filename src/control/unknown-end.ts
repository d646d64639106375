import { callEvent, type CallEventDraft } from '../calls/ledger/call-event.js';
import type { CallRun } from '../calls/ledger/call-run.js';

/**
 * The end of a call that is over, while nobody can say how it ended.
 *
 * @param carrier what the carrier does instead of telling, for the timeline
 * @param dedupeKey of whoever concludes it
 */
export function unknownEnd(run: CallRun, carrier: string, dedupeKey: string): CallEventDraft {
  return callEvent({
    type: 'status',
    source: 'reconcile',
    status: run.answeredAt ? 'completed' : 'failed',
    endReason: 'unknown',
    detail: { carrier },
    dedupeKey,
  });
}
