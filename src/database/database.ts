import type { Kysely, Transaction } from 'kysely';
import type { Engine } from './engine.js';
import type { Tables } from './schema.js';

export type StoreKind = 'sqlite' | 'postgres';

/**
 * Milliseconds after which a request to the store is given up: carriers need a
 * reply within 3 s.
 */
export const STORE_DEADLINE_MS = 2_300;

export interface StoreReport {
  kind: StoreKind;
  up: boolean;
  migrated: boolean;
  /** Why the store is not up, in words that an operator can act on. */
  reason: string | null;
  /** What to do about the fault, in a sentence. */
  fix: string | null;
}

/**
 * The store: one set of queries over SQLite and PostgreSQL.
 *
 * On PostgreSQL any number of instances work on one store, and a start migrates it only while no
 * other instance lives; otherwise it waits for `npm run migrate`. On SQLite one instance holds the
 * store at a time, by a lock that dies with its holder, and migrates it at the start.
 */
export abstract class Database {
  abstract readonly kind: StoreKind;

  /**
   * Milliseconds after which a request to the store is given up; {@link
   * STORE_DEADLINE_MS} by default.
   */
  abstract readonly deadlineMs: number;

  /**
   * Runs queries without a transaction. Throws `StoreUnavailableError` when the
   * store does not answer within {@link deadlineMs}.
   */
  abstract read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;

  /**
   * Runs `work` in one transaction: all of it, durable on return, or none.
   * Throws what `work` throws, or `StoreUnavailableError`; after the latter the
   * transaction may still have been committed, so `work` must be safe to repeat.
   */
  abstract write<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;

  /**
   * As {@link write}, for work that locks every row before it reads it (see
   * `Engine.lock`). It waits for other transactions that want the same rows,
   * where `write` would lose the race and run again; each of its queries sees
   * what was committed before that query.
   */
  abstract writeLocking<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;

  /** Whether this instance has the store to itself; then every earlier instance is gone. */
  abstract readonly exclusive: boolean;

  /**
   * Counts the statements that may have changed runs or their timelines; null where other processes
   * change them too.
   */
  abstract readonly callWrites: number | null;

  /** The queries that each engine writes in its own way. */
  abstract readonly engine: Engine;

  /** How many changes may share one commit. */
  abstract readonly commitSize: number;

  /**
   * Checks that the store answers, and from time to time that it can be written to;
   * never throws.
   */
  abstract report(): Promise<StoreReport>;

  /** Opens the store and migrates. Throws when another instance has it and this one must be alone. */
  abstract open(): Promise<void>;

  /** Waits for running work, then closes the store. */
  abstract close(): Promise<void>;
}
