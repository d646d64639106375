import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Client } from 'pg';
import { Database, STORE_DEADLINE_MS, type StoreReport } from './database.js';
import { withinDeadline } from './deadline.js';
import { migrateToLatest } from './migrate.js';
import { postgresPool } from './postgres-pool.js';
import type { Tables } from './schema.js';
import {
  isRaceLost,
  isUnavailable,
  StoreHeldError,
  StoreUnavailableError,
} from './store-errors.js';

/** Any constant of ours: the key of the advisory lock that says "this store has its instance". */
const LOCK_KEY = 7_282_429;
const RETRY_MS = 500;
/** How long a start waits for the previous holder to let go. */
const LOCK_WAIT_MS = 10_000;
/** How long a stop waits for a server that does not answer. */
const CLOSE_WAIT_MS = 3_000;
/** How often a transaction that lost a race is run again, and how long it waits before, at most. */
const RACES_MAX = 5;
const RACE_PAUSE_MS = 20;
/** After so much silence the operating system asks whether the other side is still there. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 5_000 };

/**
 * PostgreSQL behind a pool. When the server goes away every request fails
 * within the deadline, and the connection that holds the instance lock is
 * built anew in the background until the server is back.
 */
export class PostgresDatabase extends Database {
  readonly kind = 'postgres';
  readonly commitSize = 200;
  epoch = 0;
  private readonly db: Kysely<Tables>;
  private lock: Client | null = null;
  private migrated = false;
  private closing = false;
  private unavailable = 'not connected yet';
  private keeper: Promise<void> | null = null;

  constructor(
    private readonly url: string,
    private readonly lockWaitMs: number = LOCK_WAIT_MS,
  ) {
    super();
    const pool = postgresPool({
      connectionString: url,
      max: 10,
      connectionTimeoutMillis: STORE_DEADLINE_MS - 300,
      query_timeout: STORE_DEADLINE_MS - 300,
      statement_timeout: STORE_DEADLINE_MS,
      idle_in_transaction_session_timeout: 2 * STORE_DEADLINE_MS,
      ...KEEP_ALIVE,
    });
    this.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  }

  async read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    this.assertHeld();
    return withinDeadline(work(this.db));
  }

  async write<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    this.assertHeld();
    return withinDeadline(this.transact(work, Date.now() + STORE_DEADLINE_MS));
  }

  async report(): Promise<StoreReport> {
    try {
      await this.read((db) => db.selectFrom('users').select('user_id').limit(1).execute());
      return { kind: this.kind, up: true, migrated: true, reason: null };
    } catch {
      return {
        kind: this.kind,
        up: false,
        migrated: this.migrated,
        reason: this.lock ? 'PostgreSQL does not answer' : this.unavailable,
      };
    }
  }

  /**
   * A server that is down does not stop the start: requests are answered 503
   * until it is up. A store that another instance holds does.
   */
  async open(): Promise<void> {
    const giveUpAt = Date.now() + this.lockWaitMs;
    for (;;) {
      const state = await this.tryHold();
      if (state === 'held') return;
      if (state === 'down') break;
      if (Date.now() >= giveUpAt) throw new StoreHeldError(this.unavailable);
      await sleep(RETRY_MS);
    }
    this.keepTrying();
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.keeper;
    const { lock } = this;
    this.lock = null;
    // A server that went silent must not keep us from stopping.
    const patience = new AbortController();
    await Promise.race([
      this.db.destroy().then(() => lock?.end()),
      sleep(CLOSE_WAIT_MS, undefined, { signal: patience.signal }),
    ]).catch(() => undefined);
    patience.abort();
  }

  private async transact<T>(
    work: (trx: Transaction<Tables>) => Promise<T>,
    giveUpAt: number,
  ): Promise<T> {
    for (let races = 0; ; races += 1) {
      try {
        // A transaction given up at its deadline may still commit under the next
        // one; repeatable read makes the later of the two fail instead of overwriting.
        return await this.db.transaction().setIsolationLevel('repeatable read').execute(work);
      } catch (error) {
        if (!isRaceLost(error)) throw error;
        if (races === RACES_MAX || Date.now() >= giveUpAt) {
          throw new StoreUnavailableError('too many at once want the same row', { cause: error });
        }
        await sleep(Math.random() * RACE_PAUSE_MS);
      }
    }
  }

  private assertHeld(): void {
    if (!this.lock || !this.migrated) throw new StoreUnavailableError(this.unavailable);
  }

  /** One attempt to connect, take the lock and migrate. */
  private async tryHold(): Promise<'held' | 'down' | 'taken'> {
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: STORE_DEADLINE_MS,
      query_timeout: STORE_DEADLINE_MS,
      ...KEEP_ALIVE,
    });
    const held = new AbortController();
    const lost = (): void => {
      held.abort();
      this.lost(client);
    };
    client.on('error', lost);
    client.on('end', lost);
    try {
      await client.connect();
      // The server's side of it: a holder whose machine is gone lets go within half a minute.
      await client.query(
        'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
      );
      const { rows } = await client.query<{ held: boolean }>(
        'select pg_try_advisory_lock($1) as held',
        [LOCK_KEY],
      );
      if (!rows[0]?.held) {
        this.unavailable =
          'another Patchbay is using this PostgreSQL database: stop it, or give this one a DATABASE_URL of its own';
        await client.end().catch(() => undefined);
        return 'taken';
      }
      await this.migrate();
      if (held.signal.aborted) throw new StoreUnavailableError('the lock was lost');
      this.migrated = true;
      this.epoch += 1;
      // From here on there is work: never before the migrations, nor under the epoch before.
      this.lock = client;
      return 'held';
    } catch (error) {
      await client.end().catch(() => undefined);
      // A migration that fails on its own account must stop the start, not be retried for ever.
      if (!isUnavailable(error)) throw error;
      this.unavailable = 'PostgreSQL is not reachable at DATABASE_URL';
      return 'down';
    }
  }

  /** On a connection without deadlines: a migration may have much to rewrite. */
  private async migrate(): Promise<void> {
    const pool = postgresPool({
      connectionString: this.url,
      max: 1,
      connectionTimeoutMillis: STORE_DEADLINE_MS,
      ...KEEP_ALIVE,
    });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    try {
      await migrateToLatest(db, this.kind);
    } finally {
      await db.destroy();
    }
  }

  private lost(client: Client): void {
    if (this.lock !== client) return;
    this.lock = null;
    this.unavailable = 'the connection to PostgreSQL was lost';
    this.keepTrying();
  }

  private keepTrying(): void {
    if (this.keeper || this.closing) return;
    this.keeper = this.retryUntilHeld().finally(() => {
      this.keeper = null;
    });
  }

  private async retryUntilHeld(): Promise<void> {
    while (!this.closing) {
      await sleep(RETRY_MS);
      if (this.closing) return;
      const state = await this.tryHold().catch((error: unknown) => {
        // Health shows it to everybody, and PostgreSQL's messages name users and databases.
        const { code } = Object(error) as { code?: unknown };
        const what = typeof code === 'string' ? code : 'without a code';
        this.unavailable = `PostgreSQL refuses this service (${what}): its own log says why`;
        return 'down' as const;
      });
      if (state === 'held') return;
    }
  }
}
