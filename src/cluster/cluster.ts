import { StoreUnavailableError } from '../database/store-errors.js';

/**
 * - `starting`: not yet ready to take calls
 * - `ready`: takes calls
 * - `draining`: takes no new work; its calls may end by themselves
 * - `moving`: hands its calls over
 */
export type InstanceState = 'starting' | 'ready' | 'draining' | 'moving';

/** A living instance as the store knows it. */
export interface Member {
  id: string;
  name: string;
  version: string;
  state: InstanceState;
  /** Live streams, and how many it has room for; 0 of an older release, which does not tell. */
  streams: number;
  capacity: number;
  startedAt: Date;
  /** How far its clock is ahead of the store's, in milliseconds; negative: behind. */
  clockOffsetMs: number;
  /** How long ago it renewed its lease, in milliseconds by the store's clock. */
  leaseAgeMs: number;
  /** The last migration that it knows; null of an older release, which does not tell. */
  schema: string | null;
  /** See `InstanceFacts`. */
  mediaHash: string | null;
  keyHash: string | null;
}

/**
 * The instances that share the store, as of this instance's last beat (at most
 * `BEAT_MS` ago). No method waits for the store.
 */
export abstract class Cluster {
  /** All living instances, this one included once it has beaten. */
  abstract members(): readonly Member[];

  /** Whether an instance is living; ours always is. */
  abstract isAlive(instanceId: string): boolean;

  /** Whether no other instance has been seen since the start. */
  abstract get isAlone(): boolean;

  /** Whether another instance is ready and has room for a call. */
  abstract get hasReadyOther(): boolean;

  /**
   * Whether we could not renew our lease for `FENCE_MS` (4 s) or longer. A fenced instance
   * dials nothing, delivers nothing and answers 503, but keeps talking: others may
   * believe that it is gone. Never true while one instance has the store to itself.
   */
  abstract get fenced(): boolean;

  /**
   * Called before anything new is taken: a call, a carrier's question or report, a stream.
   * @throws StoreUnavailableError while we are {@link fenced}
   */
  assertInTouch(): void {
    if (this.fenced) throw new StoreUnavailableError('this instance could not renew its lease');
  }

  /**
   * Whether we have renewed unbroken for one full lease (`ALIVE_MS`). Only then may we
   * take over what seems to be left: after an outage of the store all leases are over at
   * once, and the first instance back must steal nothing. Always true while one instance
   * has the store to itself.
   */
  abstract get mayTakeOver(): boolean;

  /** How long ago this instance renewed its lease, in milliseconds; before that, how old it is. */
  abstract get leaseAgeMs(): number;

  /** Calls `listener` when we are no longer fenced, to find out which of our streams are still ours. */
  abstract onUnfenced(listener: () => void): () => void;

  /** Tells the others at once what changed with us, such as our state. Never throws. */
  abstract announce(): void;
}
