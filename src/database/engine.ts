import type { RawBuilder, SelectQueryBuilder, Transaction } from 'kysely';
import type { Tables } from './schema.js';

/**
 * The place of a change in the order in which readers receive changes: by
 * transaction, then by position.
 */
export interface Stamp {
  changed_xid: number | RawBuilder<number>;
  position: number | RawBuilder<number>;
}

/**
 * The queries that the engines write differently. On SQLite, where only one
 * process writes, everything here is trivial.
 */
export interface Engine {
  /** Whether the store is in this process, so that a statement costs no round trip. */
  readonly isLocal: boolean;

  /**
   * Locks the rows that a query finds, in its order, until the transaction ends:
   * waits for the transactions that hold them, and reads the rows as those left
   * them. Two transactions that lock in the same order cannot wait for each
   * other.
   */
  lock<T extends keyof Tables, Row>(
    query: SelectQueryBuilder<Tables, T, Row>,
  ): SelectQueryBuilder<Tables, T, Row>;

  /** Locks as {@link lock} does, but skips rows that others hold instead of waiting. */
  lockFree<T extends keyof Tables, Row>(
    query: SelectQueryBuilder<Tables, T, Row>,
  ): SelectQueryBuilder<Tables, T, Row>;

  /**
   * Waits until no other transaction makes runs, and keeps others from it until
   * this one ends.
   */
  lockCreations(trx: Transaction<Tables>): Promise<void>;

  /**
   * Ids for runs that this transaction makes, ascending. None is given twice; those of a transaction that
   * is rolled back may be left out.
   */
  runIds(trx: Transaction<Tables>, count: number): Promise<number[]>;

  /** Milliseconds since 1970 by the clock that all instances share. */
  now(): RawBuilder<number>;

  /**
   * Stamps for `count` rows of runs that one statement writes, in order. Later transactions
   * of one process have later stamps; those of others may be committed out of
   * order, so a reader takes only what is below the {@link horizon}.
   */
  stamps(count: number): Stamp[];

  /** Whether the store still serves the connection whose number is in the column, which is not null. */
  serves(column: string): RawBuilder<boolean>;

  /**
   * Which history of the store the stamps belong to: another number after a standby took over,
   * which may have lost the last commits and gives their stamps again.
   */
  timeline(): RawBuilder<number>;

  /** Nothing that is committed from now on has a `changed_xid` below this. */
  horizon(): RawBuilder<number>;
}
