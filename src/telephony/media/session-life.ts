import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import type { CloseCode } from './close-codes.js';
import { MEDIA_LIMITS } from './limits.js';
import type { KeptFrames } from './stream-opening.js';
import type { Talk } from './talk.js';

/** Where a stream is in its life; it only ever goes down this list. Times are of the process's monotonic clock. */
export type Life =
  /** Let in; the carrier has said nothing that names the call. */
  | { is: 'waiting' }
  /** Its token is being redeemed, and its beginning written down. */
  | { is: 'opening'; kept: KeptFrames }
  /** The ledger knows of it; its agent is being asked. */
  | { is: 'starting'; kept: KeptFrames; talk: Talk; startedAt: number }
  | { is: 'live'; talk: Talk }
  /** By what it was ended first. */
  | { is: 'ended'; cause: SessionEnd; code: CloseCode | null; at: number };

export interface LifeTimes {
  openedAt: number;
  /** When the carrier last sent anything. */
  lastFrameAt: number;
  /** When the ledger said that the call is over; null: it has not. */
  callOverAt: number | null;
}

/** What has taken too long in a stream's life; null: nothing. */
export type Overdue = 'start' | 'frames' | 'stop' | 'answer' | 'commit';

export function overdueIn(life: Life, times: LifeTimes, now: number): Overdue | null {
  const { openedAt, lastFrameAt, callOverAt } = times;
  if (life.is === 'ended') return now - life.at >= MEDIA_LIMITS.commitWithinMs ? 'commit' : null;
  if (life.is === 'waiting' && now - openedAt >= MEDIA_LIMITS.startWithinMs) return 'start';
  if (now - lastFrameAt >= MEDIA_LIMITS.silenceMs) return 'frames';
  if (callOverAt !== null && now - callOverAt >= MEDIA_LIMITS.stopWithinMs) return 'stop';
  // Frames alone do not tell: a carrier may send none.
  const isAsked = life.is === 'starting' && now - life.startedAt >= MEDIA_LIMITS.answerWithinMs;
  return isAsked ? 'answer' : null;
}
