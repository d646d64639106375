import type { CallStatus } from '../../calls/ledger/call-status.js';
import type { TransferFailure } from '../../calls/transfers/transfer-events.js';

/**
 * Vonage's `status` of a call (https://developer.vonage.com/en/voice/voice-api/webhook-reference). That a call is
 * `rejected` says that its network or its phone declined it, or that its number cannot be called: the line is not
 * busy. `disconnected` is not among them: it is the end of a stream.
 */
const BY_WORD: ReadonlyMap<string, CallStatus> = new Map([
  ['started', 'initiated'],
  ['ringing', 'ringing'],
  ['answered', 'answered'],
  ['completed', 'completed'],
  ['busy', 'busy'],
  ['timeout', 'no-answer'],
  ['unanswered', 'no-answer'],
  ['cancelled', 'canceled'],
  ['rejected', 'failed'],
  ['failed', 'failed'],
]);

/** What a look-up may say of a call beside them: machine detection has its result in the same field. */
const OF_MACHINES: ReadonlyMap<string, CallStatus> = new Map([
  ['human', 'answered'],
  ['machine', 'answered'],
]);

/** Null for a word that says nothing of the call itself. */
export function statusOf(word: string): CallStatus | null {
  return BY_WORD.get(word) ?? null;
}

/** The same for what a look-up says. */
export function statusFound(word: string): CallStatus | null {
  return statusOf(word) ?? OF_MACHINES.get(word) ?? null;
}

const FAILURES: ReadonlyMap<string, TransferFailure> = new Map([
  ['busy', 'busy'],
  ['timeout', 'no_answer'],
  ['unanswered', 'no_answer'],
  ['cancelled', 'failed'],
  ['rejected', 'failed'],
  ['failed', 'failed'],
]);

/** How a leg was not reached; null for a word that says no such thing. */
export function failureOf(word: string): TransferFailure | null {
  return FAILURES.get(word) ?? null;
}
