import type { CallStatus } from '../../calls/ledger/call-status.js';
import type { TransferFailure } from '../../calls/transfers/transfer-events.js';

/** `CallStatus` while a call lives. */
const LIVE: ReadonlyMap<string, CallStatus> = new Map([
  ['ringing', 'ringing'],
  ['in-progress', 'answered'],
]);

/** `CallStatus` and `DialStatus` at the end. */
const BY_WORD: ReadonlyMap<string, CallStatus> = new Map([
  ['completed', 'completed'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['timeout', 'no-answer'],
  ['cancel', 'canceled'],
  ['failed', 'failed'],
]);

/** `HangupCauseCode` (https://docs.plivo.com/docs/voice/troubleshooting/hangup-causes), where it says more. */
const BY_CODE: ReadonlyMap<string, CallStatus> = new Map([
  ['1000', 'canceled'],
  ['3000', 'no-answer'],
  ['3010', 'busy'],
  // Somebody, or something, has declined the call: that is not a busy line.
  ['3020', 'failed'],
  ['6010', 'no-answer'],
]);

/** `HangupCause`, in the words of Plivo and in those of a switch, with neither case, spaces nor underscores. */
const BY_CAUSE: ReadonlyMap<string, CallStatus> = new Map([
  ['cancelled', 'canceled'],
  ['originatorcancel', 'canceled'],
  ['busyline', 'busy'],
  ['userbusy', 'busy'],
  ['noanswer', 'no-answer'],
  ['nouserresponse', 'no-answer'],
  ['ringtimeoutreached', 'no-answer'],
  ['rejected', 'failed'],
  ['callrejected', 'failed'],
]);

/** How the carrier says that a call has ended; whatever it does not say is null. */
export interface Ending {
  status: string | null;
  code: string | null;
  cause: string | null;
  /** How long the two sides were connected. */
  seconds: number | null;
}

/** Our word for the status of a call that lives; null for any other word. */
export function liveStatusOf(word: string): CallStatus | null {
  return LIVE.get(word) ?? null;
}

/** Whether a word says that a call is over. */
export function isEnd(word: string): boolean {
  return BY_WORD.has(word);
}

/** What became of a call that is over: its cause says more than its status, unless the two had been connected. */
export function endOf({ status, code, cause, seconds }: Ending): CallStatus {
  if (status === 'completed' && seconds !== 0) return 'completed';
  const byCause =
    BY_CODE.get(code ?? '') ?? BY_CAUSE.get((cause ?? '').toLowerCase().replace(/[\s_-]/g, ''));
  return byCause ?? BY_WORD.get(status ?? '') ?? 'failed';
}

/** What became of the person's call of a transfer; null: the two were connected. */
export function transferFailureOf(ending: Ending): TransferFailure | null {
  const end = endOf(ending);
  if (end === 'completed') return null;
  if (end === 'busy') return 'busy';
  return end === 'no-answer' ? 'no_answer' : 'failed';
}
