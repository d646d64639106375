import type { CallStatus } from '../../calls/ledger/call-status.js';

/**
 * The words of a session's `status`. No list of them is published: these are what two implementers read.
 * `new`, `processing` and `external` are theirs too, and say nothing that we keep.
 */
const STATUSES: ReadonlyMap<string, CallStatus> = new Map([
  ['ringing', 'ringing'],
  ['connected', 'answered'],
  ['answer', 'answered'],
  ['completed', 'completed'],
  ['busy', 'busy'],
  ['noanswer', 'no-answer'],
  ['cancel', 'canceled'],
  ['nocredit', 'failed'],
  ['congestion', 'failed'],
  ['error', 'failed'],
  ['failed', 'failed'],
]);

/** The words of a `disposition`: how a call that is over has ended. */
const DISPOSITIONS: ReadonlyMap<string, CallStatus> = new Map([
  ['answer', 'completed'],
  ['busy', 'busy'],
  ['noanswer', 'no-answer'],
  ['cancel', 'canceled'],
  ['congestion', 'failed'],
  ['failed', 'failed'],
]);

/** Null for a word that is not known. */
export function statusOf(word: string): CallStatus | null {
  return STATUSES.get(word.toLowerCase()) ?? null;
}

/** Null for a word that is not known. */
export function endingOf(disposition: string): CallStatus | null {
  return DISPOSITIONS.get(disposition.toLowerCase()) ?? null;
}
