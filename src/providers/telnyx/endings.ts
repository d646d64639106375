import type { EndReason } from '../../calls/ledger/call-event.js';
import type { CallStatus } from '../../calls/ledger/call-status.js';
import type { TransferFailure } from '../../calls/transfers/transfer-events.js';

/** How a call ended. */
export interface Ending {
  status: CallStatus;
  /** Where the cause says more than the status. */
  endReason: EndReason | null;
}

/**
 * Telnyx's `hangup_cause` (`CallHangup` in https://developers.telnyx.com/api/call-control). `busy` and `cancelled`
 * are not among its words.
 */
const BY_CAUSE: Readonly<Record<string, Ending>> = {
  normal_clearing: { status: 'completed', endReason: null },
  time_limit: { status: 'completed', endReason: 'max_duration' },
  user_busy: { status: 'busy', endReason: null },
  no_answer: { status: 'no-answer', endReason: null },
  timeout: { status: 'no-answer', endReason: null },
  originator_cancel: { status: 'canceled', endReason: null },
  call_rejected: { status: 'failed', endReason: null },
  not_found: { status: 'failed', endReason: null },
  unspecified: { status: 'failed', endReason: null },
};

/** The other side's own word, for a cause that says nothing; every other refusal is a failure. */
const BY_SIP: Readonly<Record<number, CallStatus>> = {
  408: 'no-answer',
  480: 'no-answer',
  486: 'busy',
  487: 'canceled',
  600: 'busy',
};

/**
 * How a call ended. A cause that is new to us, or none, goes by the SIP status; `normal_clearing` with a SIP
 * status of a refusal is a call that was never answered.
 * @param sipCode null where Telnyx gives none
 */
export function endingOf(cause: string, sipCode: number | null): Ending {
  const known = Object.hasOwn(BY_CAUSE, cause) ? BY_CAUSE[cause] : undefined;
  const isVague = !known || cause === 'normal_clearing' || cause === 'unspecified';
  if (isVague && sipCode !== null && sipCode >= 400) {
    return { status: BY_SIP[sipCode] ?? 'failed', endReason: null };
  }
  if (known) return known;
  // Only a call that was taken ends with a success.
  return { status: sipCode === 200 ? 'completed' : 'failed', endReason: null };
}

const FAILURES: Partial<Record<CallStatus, TransferFailure>> = {
  busy: 'busy',
  'no-answer': 'no_answer',
};

/** How the person's side of a transfer came to nothing; null: the two were connected. */
export function failureOfPerson({ status }: Ending): TransferFailure | null {
  return status === 'completed' ? null : (FAILURES[status] ?? 'failed');
}
