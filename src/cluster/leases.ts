import type { RawBuilder } from 'kysely';
import type { Member } from './cluster.js';
import type { InstanceFacts } from './presence.js';

/** How long an instance counts as alive after its last beat, and how often it beats. */
export const ALIVE_MS = 6_000;
export const BEAT_MS = 2_000;
/** How soon a beat that failed is repeated, so that we are back before our lease is over. */
export const REPEAT_BEAT_MS = 500;
/** After this long without a beat an instance fences itself; see `Cluster.fenced`. */
export const FENCE_MS = 4_000;

/**
 * The claims of instances on the due work of a shared store. A claim is a lease: it
 * is released when the work is done, and lapses when its holder is gone. The leases
 * on rows are kept in the rows (an instance, and a time by the store's clock, since
 * the clocks of two machines differ); the engine keeps which instances are alive
 * and which instance has which job. Every engine passes
 * `test/contract/store-claims.contract.ts`.
 *
 * The conditions are part of queries that run twice a second for each kind of work.
 * Only the store's own errors are thrown here.
 */
export abstract class Leases {
  /** The id of this process, in whose name the claims are made. */
  abstract readonly holder: string;

  /**
   * The query condition for what this instance may claim: no live instance has a
   * lease on it. A lease of this instance does not count, since the instance knows
   * what it is working on. Nothing is free while we are {@link fenced}: others may believe
   * that we are gone.
   *
   * @param holder the column with the instance
   * @param lease the column with the end of its lease
   */
  abstract isFree(holder: string, lease: string): RawBuilder<boolean>;

  /**
   * The query condition that the instance in a column is no longer alive, or is this one. While
   * we may not {@link mayTakeOver}, only an instance that has left counts as no longer alive.
   */
  abstract isGone(holder: string): RawBuilder<boolean>;

  /** When a lease that is taken now lapses, for the statement that takes it. */
  abstract until(milliseconds: number): RawBuilder<number>;

  /** See `Cluster.fenced` and `Cluster.mayTakeOver`. */
  abstract readonly fenced: boolean;
  abstract readonly mayTakeOver: boolean;

  /** See `Cluster.leaseAgeMs`. */
  abstract readonly ageMs: number;

  /**
   * Marks this instance as alive for {@link ALIVE_MS}. Called every {@link BEAT_MS}, first at the
   * start, and {@link REPEAT_BEAT_MS} after a failure; at that first call, an instance that has
   * a SQLite store's lock removes all that had it before.
   *
   * @param facts what the others are told of us; absent: what they were told before
   * @returns all living instances, this one included
   */
  abstract beat(facts?: InstanceFacts): Promise<Member[]>;

  /** Marks this instance as gone: its claims are free at once. Called once, at the end. */
  abstract leave(): Promise<void>;

  /**
   * Claims work that one instance does for all. False: another instance has it.
   * The holder renews its claim by calling this again.
   */
  abstract takeJob(job: string, milliseconds: number): Promise<boolean>;

  /** Gives up a claim on such work before it lapses; nothing if another instance has it. */
  abstract giveJob(job: string): Promise<void>;
}
