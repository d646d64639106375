import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Client, Pool, TypeOverrides } from 'pg';
import { Database, STORE_DEADLINE_MS, type StoreReport } from './database.js';
import { withinDeadline } from './deadline.js';
import { migrateToLatest } from './migrate.js';
import type { Tables } from './schema.js';
import { isUnavailable, StoreUnavailableError } from './store-errors.js';

/** Any constant of ours: the key of the advisory lock that says "this store has its instance". */
const LOCK_KEY = 7_282_429;
const RETRY_MS = 500;
/** How long a start waits for the previous holder to let go. */
const LOCK_WAIT_MS = 10_000;
const INT8 = 20;

/**
 * PostgreSQL behind a pool. When the server goes away every request fails
 * within the deadline, and the connection that holds the instance lock is
 * built anew in the background until the server is back.
 */
export class PostgresDatabase extends Database {
  readonly kind = 'postgres';
  epoch = 0;
  private readonly db: Kysely<Tables>;
  private lock: Client | null = null;
  private migrated = false;
  private closing = false;
  private unavailable = 'not connected yet';
  private keeper: Promise<void> | null = null;

  constructor(private readonly url: string) {
    super();
    // bigint as a number: our ids and times stay below 2^53.
    const numbers = new TypeOverrides();
    numbers.setTypeParser(INT8, Number);
    const pool = new Pool({
      connectionString: url,
      max: 10,
      connectionTimeoutMillis: STORE_DEADLINE_MS - 300,
      query_timeout: STORE_DEADLINE_MS - 300,
      statement_timeout: STORE_DEADLINE_MS,
      idle_in_transaction_session_timeout: 2 * STORE_DEADLINE_MS,
      keepAlive: true,
      types: numbers,
    });
    // An idle connection that breaks is replaced by the pool; unheard, its error would end the process.
    pool.on('error', () => undefined);
    this.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  }

  async read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    this.assertHeld();
    return withinDeadline(work(this.db));
  }

  async write<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    this.assertHeld();
    // A transaction given up at its deadline may still commit under the next
    // one; repeatable read makes the later of the two fail instead of overwriting.
    return withinDeadline(this.db.transaction().setIsolationLevel('repeatable read').execute(work));
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
    const giveUpAt = Date.now() + LOCK_WAIT_MS;
    for (;;) {
      const state = await this.tryHold();
      if (state === 'held') return;
      if (state === 'down') break;
      if (Date.now() >= giveUpAt) throw new Error(this.unavailable);
      await sleep(RETRY_MS);
    }
    this.keepTrying();
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.keeper;
    await this.db.destroy();
    await this.lock?.end().catch(() => undefined);
    this.lock = null;
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
      keepAlive: true,
    });
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    try {
      await client.connect();
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
      this.lock = client;
      await migrateToLatest(this.db, this.kind);
      this.migrated = true;
      this.epoch += 1;
      return 'held';
    } catch (error) {
      this.lock = null;
      await client.end().catch(() => undefined);
      // A migration that fails on its own account must stop the start, not be retried for ever.
      if (!isUnavailable(error) && !isConnectRefusal(error)) throw error;
      this.unavailable = 'PostgreSQL is not reachable at DATABASE_URL';
      return 'down';
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
        this.unavailable = error instanceof Error ? error.message : String(error);
        return 'down' as const;
      });
      if (state === 'held') return;
    }
  }
}

/** A server that is starting or shutting down refuses connections with a message and no SQL state. */
function isConnectRefusal(error: unknown): boolean {
  return error instanceof Error && /connect|timeout|terminat/i.test(error.message);
}
