import type { CallStatus } from '../calls/ledger/call-status.js';

/** What a carrier can do. Each is proved or refuted by the carrier's fixture in `test/contract`. */
export interface Capabilities {
  /**
   * How a dial whose reply was lost is found again: `search` lists calls by their parties; with `own-id` or
   * `idempotency-key` the same request may be repeated and rings once; with `none` nobody can say, and the run is
   * given up when no phone can be ringing any more.
   */
  readonly dialIdentity: 'own-id' | 'idempotency-key' | 'search' | 'none';
  /** What asking about a call tells: its status and how it ended, only whether it lives, or nothing. */
  readonly lookUp: 'status' | 'alive' | 'none';
  /** The statuses that events tell; what is missing is concluded from what follows it. */
  readonly tells: readonly CallStatus[];
  /** Whether `completed` follows every other end, such as `busy`: it then says nothing about how the call ended. */
  readonly completedFollowsAll: boolean;
  /** Whether the carrier must be able to reach us; if not, calls are placed without any public address. */
  readonly needsPublicUrl: boolean;
  /**
   * What follows a stream that was lost: the carrier asks again (`asked`), or the call is over (`no`): it is hung up
   * after the grace period.
   */
  readonly resumes: 'asked' | 'no';
  /** How the one-use token reaches us: as a parameter of `start`, or as the last segment of the stream's path. */
  readonly streamToken: 'parameter' | 'path';
  /** Whether a sentence can be said before the stream, or in its place. */
  readonly says: boolean;
  /** Whether the carrier tells people from machines. */
  readonly machineDetection: boolean;
}

/** The least that a carrier may offer: what one does not say of itself it cannot do. */
export const LEAST: Capabilities = Object.freeze({
  dialIdentity: 'none',
  lookUp: 'none',
  tells: Object.freeze(['answered', 'completed'] as const),
  completedFollowsAll: false,
  needsPublicUrl: true,
  resumes: 'no',
  streamToken: 'path',
  says: false,
  machineDetection: false,
});
