import type { SessionEnd } from './live-sessions.js';

/**
 * The state of a stream.
 * - `live`: it has begun, and no end was recorded
 * - `moving`: we asked the carrier to open another one in its place
 * - `lost`: it ended, and the carrier gets another one when it asks
 * - `over`: it ended, and no other follows
 */
export type StreamState = 'live' | 'moving' | 'lost' | 'over';
type EndState = Exclude<StreamState, 'live'>;

const END_STATES: readonly unknown[] = ['moving', 'lost', 'over'] satisfies EndState[];

/** Written with each end, so that a release that does not know the cause knows what follows. */
export const STATE_AFTER: Readonly<Record<SessionEnd, EndState>> = {
  stop: 'over',
  lost: 'lost',
  'going-away': 'moving',
  'taken-over': 'lost',
  'agent-ended': 'over',
  'agent-failed': 'over',
  'hung-up': 'over',
  // The transfer that follows says whether it was the last one.
  transferred: 'over',
  protocol: 'lost',
  'call-ended': 'over',
};

/**
 * The state of a stream after an end that the timeline records. The recorded state counts, whatever
 * the cause: a later release may have written both. A state that is unknown here is not `over`, so
 * the call goes on. Version 0.1 recorded causes alone.
 */
export function stateAfter({ cause, state }: Record<string, unknown>): EndState {
  if (typeof state === 'string') return END_STATES.includes(state) ? (state as EndState) : 'lost';
  return STATE_AFTER[cause as SessionEnd] ?? 'over';
}
