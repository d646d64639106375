/**
 * A made-up carrier without webhooks: it reports its events on a WebSocket that we hold open, is
 * instructed by its API on the local network, and cannot be asked about a single call. It echoes
 * the reference of a dial in all that it says about the call.
 */

export const EVENT_TYPES = ['incoming', 'ringing', 'answered', 'ended'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export type EndedBecause = 'hangup' | 'busy' | 'no_answer' | 'failed';

/** A call, as the carrier lists it and as each event shows it. */
export interface ListedCall {
  id: string;
  /** As it was given with the dial; null for a call that came in. */
  reference: string | null;
  direction: 'in' | 'out';
  from: string;
  to: string;
  state: 'ringing' | 'answered';
  /** Whether its audio is attached to a stream. */
  streaming: boolean;
}

export interface FeedMessage {
  type: EventType;
  call: ListedCall;
  /** ISO 8601. */
  at: string;
  because?: EndedBecause;
  seconds?: number;
}
