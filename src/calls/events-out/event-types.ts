import { CALL_STATUSES, isTerminal, type CallStatus } from '../ledger/call-status.js';

/** A call's transcript is complete. */
export const TRANSCRIPT_EVENT = 'call.transcript';

/**
 * The events that endpoints can receive: one for every status, one for the end
 * of a call, whatever the end is, and one for its transcript.
 */
export const EVENT_TYPES = [
  ...CALL_STATUSES.map((status) => `call.${status}`),
  'call.finished',
  TRANSCRIPT_EVENT,
];

/**
 * The events to send when a call moves from one status to another. An end that
 * a lower sequence number corrects is sent, but a call finishes only once.
 */
export function eventTypesOf(from: CallStatus, to: CallStatus): string[] {
  const types = [`call.${to}`];
  if (isTerminal(to) && !isTerminal(from)) types.push('call.finished');
  return types;
}
