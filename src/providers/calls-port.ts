import type { CallIds } from '../calls/ledger/call-ids.js';
import type { CallStatus } from '../calls/ledger/call-status.js';
import type { AnswerInstruction } from './answer-instruction.js';

/**
 * The addresses at which a carrier reaches us about one call; absolute, without fragments. A family
 * adds its own.
 */
export interface CallUrls {
  /** The carrier asks for instructions here. */
  answer: string;
  /** The carrier reports the call's events here. */
  events: string;
}

/** A call to place. */
export interface PlaceCall {
  runId: number;
  /** The same for every repetition of this dial, and different for every other dial. */
  idempotencyKey: string;
  to: string;
  from: string;
  /** Null when no public address is known, for accounts that need none. */
  urls: CallUrls | null;
  ringTimeoutSeconds: number;
  maxDurationSeconds: number;
  /** Null for an account whose capabilities have no machine detection. */
  machineDetection: 'enable' | 'detect_message_end' | null;
}

/**
 * Of what a refused dial speaks. `account`: of our account or its way there (credentials, balance, permission, a caller's
 * number that it does not own), so that another account may well dial the same call. `callee`: of the number that was to
 * be called. `request`: of anything else, and of what the carrier does not say.
 */
export type Blame = 'account' | 'callee' | 'request';

/**
 * What became of a request to dial. A dial is never repeated blindly:
 * `unknown` means that the phone may be ringing.
 */
export type DialResult =
  /**
   * `httpStatus`, here and below: the status of the carrier's reply, for traces; null when there
   * was no reply.
   */
  | { kind: 'accepted'; ids: CallIds; accountId: string | null; httpStatus: number | null }
  /**
   * The carrier refused, in its own words: nothing rings. An error page of a proxy counts as
   * `unknown`.
   */
  | { kind: 'rejected'; blame: Blame; code: string; message: string; httpStatus: number }
  /** Too many requests: nothing rings, and the dial may be retried after the pause. */
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  /** The request never reached the carrier (connection refused, no such host): nothing rings. */
  | { kind: 'unreachable'; message: string }
  /**
   * The reply was lost, timed out, was a 5xx, or was not the carrier's: the phone may be ringing.
   */
  | { kind: 'unknown'; message: string; httpStatus: number | null };

export type EndCallResult =
  | { kind: 'accepted' }
  /** The carrier says, in its own words, that the call is over or that it knows no such call. */
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
  /**
   * A search gives this time by our own clock, so that it can be compared with the time of our
   * dial; otherwise it is by the carrier's clock.
   */
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
  /**
   * The call is alive, and the carrier reports nothing else; for accounts whose `lookUp` is
   * `alive`.
   */
  | { kind: 'alive' }
  /** The call is over, and the carrier does not report how it ended. */
  | { kind: 'ended' }
  | { kind: 'not-found' }
  | { kind: 'failed'; message: string };

export type SearchResult =
  | { kind: 'found'; calls: CarrierCall[] }
  | { kind: 'failed'; message: string }
  /** This carrier keeps no list; for accounts whose `dialIdentity` is not `search`. */
  | { kind: 'unsupported' };

/**
 * Our requests about calls: the only part of an account that uses the network for them. Nothing
 * throws.
 */
export abstract class CallsPort {
  /**
   * Asks the carrier to dial. Called at most once per run, unless the result says that nothing
   * rings or the account's `dialIdentity` makes repeating it harmless.
   */
  abstract place(call: PlaceCall): Promise<DialResult>;

  /**
   * Ends a call: `cancel` for one that still rings as far as we know, `hangup` for one that was
   * answered. May be called again after a failure.
   */
  abstract end(ids: CallIds, how: 'cancel' | 'hangup'): Promise<EndCallResult>;

  /**
   * Replaces what the carrier is doing with an answered call by an instruction, at once: a stream that
   * is open gets `stop`. Called only where the account's `redirects` is true, and again after a
   * failure that is retryable.
   */
  redirect(_ids: CallIds, _instruction: AnswerInstruction): Promise<EndCallResult> {
    return Promise.resolve({
      kind: 'failed',
      message: 'this carrier cannot do that',
      retryable: false,
    });
  }

  /**
   * Presses keys on an answered call: `0-9A-D*#`, 100 ms each with a pause of 100 ms, and `w` for
   * half a second of nothing; at most 32. Resolves when the carrier has taken them. Called only
   * where the account's `digitsOut` is `api`, and never again after a failure.
   */
  sendDigits(_ids: CallIds, _digits: string): Promise<EndCallResult> {
    return Promise.resolve({
      kind: 'failed',
      message: 'this carrier cannot do that',
      retryable: false,
    });
  }

  /**
   * What the carrier reports about one call; its answer may lag by some seconds. Not called where
   * `lookUp` is `none`.
   */
  abstract lookUp(ids: CallIds): Promise<LookUpResult>;

  /** The calls between two numbers created at or after `since`, newest first, at most 50. */
  abstract search(query: { to: string; from: string; since: Date }): Promise<SearchResult>;
}
