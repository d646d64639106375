import { CALL_STATUSES, isTerminal, type CallStatus } from '../ledger/call-status.js';

/**
 * The events that endpoints can receive: one for every status, and one for the end
 * of a call, whatever the end is.
 */
export const EVENT_TYPES = [...CALL_STATUSES.map((status) => `call.${status}`), 'call.finished'];

/**
 * The events to send when a call moves from one status to another. An end that
 * a lower sequence number corrects is sent, but a call finishes only once.
 */
export function eventTypesOf(from: CallStatus, to: CallStatus): string[] {
  const types = [`call.${to}`];
  if (isTerminal(to) && !isTerminal(from)) types.push('call.finished');
  return types;
}
