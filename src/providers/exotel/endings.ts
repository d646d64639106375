import type { CallStatus } from '../../calls/ledger/call-status.js';

/** Exotel's words for how a call stands, as callbacks and the API have them. */
const STATUSES: ReadonlyMap<string, CallStatus> = new Map([
  ['queued', 'queued'],
  ['ringing', 'ringing'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['canceled', 'canceled'],
]);

/**
 * Null for a word that is not known, and for `in-progress`: Exotel says it of calls that nobody has
 * answered yet.
 */
export function statusOf(word: string): CallStatus | null {
  return STATUSES.get(word.toLowerCase()) ?? null;
}
