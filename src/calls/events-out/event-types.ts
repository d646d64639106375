import { CALL_STATUSES, isTerminal, type CallStatus } from '../ledger/call-status.js';

/** What users' endpoints may be told: every status, and the end of a call whatever it is. */
export const EVENT_TYPES = [...CALL_STATUSES.map((status) => `call.${status}`), 'call.finished'];

/**
 * What is told when a call moves from one status to another. An end that is
 * corrected by a lower sequence number is told, but a call finishes once.
 */
export function eventTypesOf(from: CallStatus, to: CallStatus): string[] {
  const types = [`call.${to}`];
  if (isTerminal(to) && !isTerminal(from)) types.push('call.finished');
  return types;
}
