import type { RawBuilder } from 'kysely';

/** How long an instance counts as alive after it said so last, and how often it does. */
export const ALIVE_MS = 6_000;
export const BEAT_MS = 2_000;

/**
 * What instances that share a store claim of its due work. A claim is a lease: it
 * is given up when the work is done, and lapses when its holder is gone. The leases
 * on rows are in the rows (an instance, and a time by the store's clock, since the
 * clocks of two machines differ); who lives, and who has which job, is the engine's
 * to know. Every engine passes `test/contract/store-claims.contract.ts`.
 *
 * The conditions are part of queries, twice a second for each kind of work. Nothing
 * here throws but what the store throws.
 */
export abstract class Leases {
  /** Whose claims these are: the id of this process. */
  abstract readonly holder: string;

  /**
   * The condition of a query for what this instance may claim: no instance that
   * lives has a lease on it. One of its own is none, since it knows what it is doing.
   *
   * @param holder the column with the instance
   * @param lease the column with the end of its lease
   */
  abstract isFree(holder: string, lease: string): RawBuilder<boolean>;

  /** The condition that the instance in a column lives no longer, or is this one. */
  abstract isGone(holder: string): RawBuilder<boolean>;

  /** When a lease that is taken now lapses, for the statement that takes it. */
  abstract until(milliseconds: number): RawBuilder<number>;

  /**
   * Says that this instance lives, for {@link ALIVE_MS}. Called every {@link BEAT_MS}, first at the start: an
   * instance that has the store alone ends those before it then.
   */
  abstract beat(): Promise<void>;

  /** Says that this instance lives no longer: what it has claimed is free at once. Called once, at the end. */
  abstract leave(): Promise<void>;

  /**
   * Claims work that one instance does for all. False: another one has it. The
   * holder renews its claim by asking again.
   */
  abstract takeJob(job: string, milliseconds: number): Promise<boolean>;
}
