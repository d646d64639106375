import type { CallIds } from '../calls/ledger/call-ids.js';
import type { CallStatus } from '../calls/ledger/call-status.js';

/** Where a carrier reaches us about one call; absolute, without fragments. A family adds its own. */
export interface CallUrls {
  /** Asked for instructions. */
  answer: string;
  /** Told of the call's life. */
  events: string;
}

/** A call to place. */
export interface PlaceCall {
  runId: number;
  /** The same for every repetition of this dial, and for no other. */
  idempotencyKey: string;
  to: string;
  from: string;
  /** Null where no public address is known, for accounts that need none. */
  urls: CallUrls | null;
  ringTimeoutSeconds: number;
  maxDurationSeconds: number;
  /** Null for an account whose capabilities have no machine detection. */
  machineDetection: 'enable' | 'detect_message_end' | null;
}

/**
 * What became of a request to dial. A dial is never repeated blindly:
 * `unknown` means that the phone may be ringing.
 */
export type DialResult =
  /** `httpStatus`, here and below: what the carrier answered with, for traces; null where there was no reply. */
  | { kind: 'accepted'; ids: CallIds; accountId: string | null; httpStatus: number | null }
  /** The carrier refused, in its own words: nothing rings. A page of a proxy in between is `unknown`. */
  | { kind: 'rejected'; code: string; message: string; httpStatus: number }
  /** Too many requests: nothing rings, and it may be tried again after the pause. */
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  /** Never reached the carrier (connection refused, no such host): nothing rings. */
  | { kind: 'unreachable'; message: string }
  /** Reply lost, timed out, a 5xx, or not the carrier's: it may be ringing. */
  | { kind: 'unknown'; message: string; httpStatus: number | null };

export type EndCallResult =
  | { kind: 'accepted' }
  /** The carrier says, in its own words, that the call is over, or knows none. */
  | { kind: 'already-ended' }
  | { kind: 'failed'; message: string; retryable: boolean };

/** A call as the carrier sees it. */
export interface CarrierCall {
  callId: string;
  accountId: string | null;
  status: CallStatus;
  providerStatus: string;
  direction: 'inbound' | 'outbound';
  from: string;
  to: string;
  /** Of a search by our own clock, so that it can be compared with when we dialled; else by the carrier's. */
  createdAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  durationSeconds: number | null;
  answeredBy: string | null;
  price: string | null;
  priceUnit: string | null;
}

export type LookUpResult =
  /** For accounts whose capability `lookUp` is `status`. */
  | { kind: 'found'; call: CarrierCall }
  /** The call lives, and no more is told; for accounts whose `lookUp` is `alive`. */
  | { kind: 'alive' }
  /** It is over, and how it ended is not told. */
  | { kind: 'ended' }
  | { kind: 'not-found' }
  | { kind: 'failed'; message: string };

export type SearchResult =
  | { kind: 'found'; calls: CarrierCall[] }
  | { kind: 'failed'; message: string }
  /** This carrier keeps no list; for accounts whose `dialIdentity` is not `search`. */
  | { kind: 'unsupported' };

/** Our wishes about calls: the only part of an account that uses the network to talk about them. Nothing throws. */
export abstract class CallsPort {
  /**
   * Asks the carrier to dial. Called at most once per run, unless the result says that nothing rings or the
   * account's `dialIdentity` makes repeating it harmless.
   */
  abstract place(call: PlaceCall): Promise<DialResult>;

  /**
   * Ends a call: `cancel` for one that still rings as far as we know, `hangup` for one that was answered. May be
   * called again after a failure.
   */
  abstract end(ids: CallIds, how: 'cancel' | 'hangup'): Promise<EndCallResult>;

  /** What the carrier says of one call; its answer may lag by some seconds. Not called where `lookUp` is `none`. */
  abstract lookUp(ids: CallIds): Promise<LookUpResult>;

  /** Calls between two numbers created at or after `since`, newest first, at most 50. */
  abstract search(query: { to: string; from: string; since: Date }): Promise<SearchResult>;
}
