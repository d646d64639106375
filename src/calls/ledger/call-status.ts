/**
 * The statuses a call passes through, lowest rank first.
 *
 * A call's status only moves to a higher rank, so the order in which a
 * carrier's callbacks arrive cannot move it back.
 */
export const CALL_STATUSES = [
  'queued',
  'submission-unknown',
  'initiated',
  'ringing',
  'answered',
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
] as const;

export type CallStatus = (typeof CALL_STATUSES)[number];

const RANK: Record<CallStatus, number> = {
  queued: 0,
  'submission-unknown': 0,
  initiated: 1,
  ringing: 2,
  answered: 3,
  completed: 4,
  busy: 4,
  'no-answer': 4,
  failed: 4,
  canceled: 4,
};

export const TERMINAL_STATUSES = CALL_STATUSES.filter((status) => RANK[status] === 4);
export const LIVE_STATUSES = CALL_STATUSES.filter((status) => RANK[status] < 4);

export function rankOf(status: CallStatus): number {
  return RANK[status];
}

/** True once the call is over: no later event changes that. */
export function isTerminal(status: CallStatus): boolean {
  return RANK[status] === 4;
}
