import type { CallStatus } from '../../calls/ledger/call-status.js';
import type { TransferFailure } from '../../calls/transfers/transfer-events.js';

/** What Asterisk says of a channel that is gone, and what we know of it. */
export interface Ended {
  direction: 'inbound' | 'outbound';
  /** The channel was `Up`. */
  wasAnswered: boolean;
  /** Something rang at the other end, or was heard from there. */
  hasRung: boolean;
  /** It lasted as long as it was to ring; null where we do not know how long that was. */
  rangOut: boolean | null;
  /** Q.850, as `ChannelDestroyed` has it. */
  cause: number;
  /** The SIP status of the other side; null for a channel that is not SIP, or a normal end. */
  sipCode: number | null;
  /** The last word of `Dial`, in capitals; empty where there was none. */
  dialStatus: string;
}

/** How a call ended: the status, and a word for the timeline where Asterisk's own says too little. */
export interface Ending {
  status: CallStatus;
  /** Nobody was there at all, though Asterisk says the same as of a phone that rings. */
  isUnreachable: boolean;
}

/** Q.850 */
const CAUSE = {
  none: 0,
  normal: 16,
  busy: 17,
  noResponse: 18,
  noAnswer: 19,
  interworking: 127,
} as const;

/** The other side's own word for a call that nobody took; every other status is a failure. */
const BY_SIP: Readonly<Record<number, CallStatus>> = {
  408: 'no-answer',
  480: 'no-answer',
  486: 'busy',
  487: 'canceled',
  600: 'busy',
};

const BY_CAUSE: Readonly<Record<number, CallStatus>> = {
  [CAUSE.normal]: 'canceled',
  [CAUSE.busy]: 'busy',
  [CAUSE.noResponse]: 'no-answer',
  [CAUSE.noAnswer]: 'no-answer',
};

/** A `Local` channel ends with cause 0, and only its `Dial` knows why. */
const BY_DIAL: Readonly<Record<string, CallStatus>> = {
  BUSY: 'busy',
  NOANSWER: 'no-answer',
  CANCEL: 'canceled',
};

/**
 * How a call ended. A call that was answered is `completed`, whatever the cause: it is 0 for a
 * normal end in the dialplan. The SIP status goes first, because PJSIP's `Dial` says `NOANSWER` of
 * nearly everything. Cause 16 without an answer is our own cancel.
 */
export function endingOf(ended: Ended): Ending {
  if (ended.wasAnswered) return { status: 'completed', isUnreachable: false };
  const status = ended.direction === 'inbound' ? unansweredInbound(ended) : unanswered(ended);
  const isUnreachable = status === 'no-answer' && !ended.hasRung && ended.rangOut === true;
  return isUnreachable ? { status: 'failed', isUnreachable } : { status, isUnreachable };
}

const FAILURES: Partial<Record<CallStatus, TransferFailure>> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  failed: 'failed',
  canceled: 'failed',
};

/** What the end of a person's call means for its transfer; null: nothing, because the two were connected. */
export function transferFailureOf(status: CallStatus): TransferFailure | null {
  return FAILURES[status] ?? null;
}

/** Why a REFER came to nothing, by the SIP status of the refusal or of the person's phone; null: it is not known. */
export function referFailureOf(sipCode: number | null): TransferFailure {
  const status = sipCode === null ? undefined : BY_SIP[sipCode];
  return (status && transferFailureOf(status)) ?? 'failed';
}

function unanswered({ sipCode, cause, dialStatus }: Ended): CallStatus {
  if (sipCode !== null) return BY_SIP[sipCode] ?? 'failed';
  if (cause === CAUSE.none) return BY_DIAL[dialStatus] ?? 'failed';
  return BY_CAUSE[cause] ?? 'failed';
}

/** The caller gave up, unless we refused the call. */
function unansweredInbound({ sipCode, cause }: Ended): CallStatus {
  if (sipCode === 487 || cause === CAUSE.interworking) return 'canceled';
  if (cause === CAUSE.none || cause === CAUSE.normal) return 'canceled';
  return cause === CAUSE.busy ? 'busy' : 'failed';
}
