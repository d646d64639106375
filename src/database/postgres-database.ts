import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql, type IsolationLevel, type Transaction } from 'kysely';
import type { Log } from '../shared/logger.js';
import type { SealingKeys } from '../shared/sealing/aes-sealer.js';
import { StartError } from '../shared/start-error.js';
import { admitKeys } from './admit-keys.js';
import { Database, STORE_DEADLINE_MS, type StoreReport } from './database.js';
import { withinDeadline } from './deadline.js';
import { migrateBeside, type MigrationStep } from './migrate-beside.js';
import { livingInstances, missingMigrations } from './migrate.js';
import { OutageLog } from './outage-log.js';
import { postgresEngine } from './postgres-engine.js';
import { explainPostgres, placeName, placeOf, type PostgresPlace } from './postgres-faults.js';
import { PostgresLock, type HeldLock } from './postgres-lock.js';
import { CONNECTING, postgresPool } from './postgres-pool.js';
import { onUnhurriedConnections } from './unhurried-connections.js';
import type { Tables } from './schema.js';
import {
  isRaceLost,
  isReadTimeout,
  StoreHeldError,
  StoreUnavailableError,
} from './store-errors.js';
import { WriteProbe } from './write-probe.js';
import { within } from '../shared/within.js';

const RETRY_MS = 500;
/** How long a start waits for the previous holder to release the lock. */
const LOCK_WAIT_MS = 10_000;
/** How long a stop waits for a server that does not answer. */
const CLOSE_WAIT_MS = 3_000;
/**
 * How often a transaction that lost a race is run again, and the longest wait
 * before each attempt.
 */
const RACES_MAX = 5;
const RACE_PAUSE_MS = 20;
/** Connections of the pool, in addition to the lock's and, at the start, those for migrations. */
const CONNECTIONS = 10;
interface Reason {
  cause: string;
  fix: string;
}

/** Grants an instance the use of the store. */
export interface LockProvider {
  /** Whether it lets in one instance at a time. */
  readonly exclusive: boolean;
  /** Null: the lock is not available now. `onLost` is called at most once. */
  take(url: string, onLost: () => void): Promise<HeldLock | null>;
}

const ONE_AT_A_TIME: LockProvider = {
  exclusive: true,
  take: (url, onLost) => PostgresLock.take(url, onLost),
};

export interface PostgresOptions {
  /**
   * Milliseconds that a start waits for the previous holder to release the lock;
   * default 10,000.
   */
  lockWaitMs?: number;
  /** Default {@link STORE_DEADLINE_MS}. */
  deadlineMs?: number;
  /** The log that outages are written to. */
  log?: Log;
  /** Decides which instances may use the store; default: one instance at a time, `exclusive`. */
  lock?: LockProvider;
  /** The keys of `CREDENTIALS_KEY`; an instance with others than the store's is refused. */
  keys?: SealingKeys | null;
}

/**
 * PostgreSQL behind a pool. When the server goes away every request fails
 * within the deadline, and the connection that holds the instance lock is
 * retried in the background until the server is back.
 */
export class PostgresDatabase extends Database {
  readonly kind = 'postgres';
  readonly engine = postgresEngine;
  readonly commitSize = 200;
  epoch = 0;
  private readonly db: Kysely<Tables>;
  private readonly place: PostgresPlace;
  readonly deadlineMs: number;
  private readonly lockWaitMs: number;
  private readonly log: Log | null;
  private readonly outage: OutageLog;
  private readonly probe = new WriteProbe();
  private readonly locks: LockProvider;
  private readonly keys: SealingKeys | null;
  private lock: HeldLock | null = null;
  private migrated = false;
  private closing = false;
  private reason: Reason = { cause: 'not connected yet', fix: 'Wait.' };
  private keeper: Promise<void> | null = null;

  /** @throws StartError when the URL names a file that cannot be read */
  constructor(
    private readonly url: string,
    {
      lockWaitMs = LOCK_WAIT_MS,
      deadlineMs = STORE_DEADLINE_MS,
      log,
      lock = ONE_AT_A_TIME,
      keys = null,
    }: PostgresOptions = {},
  ) {
    super();
    this.lockWaitMs = lockWaitMs;
    this.deadlineMs = deadlineMs;
    this.locks = lock;
    this.keys = keys;
    this.log = log ?? null;
    this.outage = new OutageLog(this.log);
    this.place = placeOf(url);
    const pool = postgresPool(
      {
        ...CONNECTING,
        connectionString: url,
        max: CONNECTIONS,
        connectionTimeoutMillis: deadlineMs - 300,
        query_timeout: deadlineMs - 300,
      },
      { statementMs: deadlineMs, idleInTransactionMs: 2 * deadlineMs },
    );
    this.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  }

  get exclusive(): boolean {
    return this.locks.exclusive;
  }

  async read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    this.assertHeld();
    return withinDeadline(work(this.db), this.deadlineMs);
  }

  async write<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    // A transaction given up at its deadline may still commit under the next one;
    // repeatable read makes the later of the two fail instead of overwriting.
    return this.transact('repeatable read', work);
  }

  async writeLocking<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    // A transaction that was given up holds its rows until it ends, and the next one waits for
    // them.
    return this.transact('read committed', work);
  }

  async report(): Promise<StoreReport> {
    try {
      await this.read((db) => db.selectFrom('users').select('user_id').limit(1).execute());
      await this.probe.look(this);
      return { kind: this.kind, up: true, migrated: true, reason: null, fix: null };
    } catch (error) {
      const { cause, fix } = this.lock
        ? (explainPostgres(causeOf(error), this.place) ?? this.silence())
        : this.reason;
      return { kind: this.kind, up: false, migrated: this.migrated, reason: cause, fix };
    }
  }

  /**
   * A server that is down does not stop the start: requests are answered 503
   * until it is up. A store that another instance holds does stop it, and so
   * does a fault that will not resolve itself, such as a wrong password. Beside other instances
   * a schema that is not up to date is waited for as a server is.
   */
  async open(): Promise<void> {
    const giveUpAt = Date.now() + this.lockWaitMs;
    for (;;) {
      const state = await this.tryHold();
      if (state === 'held') return;
      if (state === 'down') break;
      if (Date.now() >= giveUpAt) throw new StoreHeldError(this.reason.cause);
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
    const closed = this.db.destroy().then(() => lock?.release());
    await within(CLOSE_WAIT_MS, closed).catch(() => undefined);
  }

  private async transact<T>(
    isolation: IsolationLevel,
    work: (trx: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    this.assertHeld();
    return this.probe.watch(withinDeadline(this.tryUntilWon(isolation, work), this.deadlineMs));
  }

  private async tryUntilWon<T>(
    isolation: IsolationLevel,
    work: (trx: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    const giveUpAt = Date.now() + this.deadlineMs;
    for (let races = 0; ; races += 1) {
      try {
        return await this.db.transaction().setIsolationLevel(isolation).execute(work);
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
    if (this.lock?.isFresh !== true || !this.migrated) {
      throw new StoreUnavailableError(this.reason.cause);
    }
  }

  /**
   * One attempt to connect, take the lock and migrate.
   * @throws StartError where a retry cannot help, and what a migration throws
   */
  private async tryHold(): Promise<'held' | 'down' | 'taken'> {
    let lost = false;
    let lock: HeldLock | null = null;
    try {
      lock = await this.locks.take(this.url, () => {
        lost = true;
        if (lock && this.lock === lock) this.lost();
      });
      if (!lock) {
        this.reason = {
          cause: `another Patchbay is using this PostgreSQL database (${placeName(this.place)}): stop it, or give this one a DATABASE_URL of its own`,
          fix: 'Stop the other one.',
        };
        return 'taken';
      }
      if (!lock.direct) await this.assertRoom(lock);
      const obstacle = await this.migrate();
      if (obstacle) {
        await lock.release();
        this.away(obstacle);
        return 'down';
      }
      if (lost) throw new StoreUnavailableError('the lock was lost');
      this.migrated = true;
      this.epoch += 1;
      // From here on work is accepted: never before the migrations, and never under the previous
      // epoch.
      this.lock = lock;
      this.reason = this.silence();
      this.outage.back();
      return 'held';
    } catch (error) {
      await lock?.release();
      const fault = explainPostgres(error, this.place);
      // A migration that fails for a reason of its own must stop the start instead of being retried
      // for ever.
      if (!fault) throw error;
      this.away(fault);
      if (fault.permanent) {
        throw new StartError('DATABASE_URL', fault.cause, fault.fix, { cause: error });
      }
      return 'down';
    }
  }

  /**
   * A pooler may have only one session for us. The lock uses that one, so no query
   * would ever be answered.
   */
  private async assertRoom(lock: HeldLock): Promise<void> {
    try {
      await this.db.selectNoFrom((select) => select.lit(1).as('one')).execute();
    } catch (error) {
      if (isReadTimeout(error) && (await lock.beat())) {
        throw new StoreUnavailableError(
          `${placeName(this.place)} is a pooler that has one connection for this service and needs at least two, better ${CONNECTIONS + 2} (pool_size)`,
          { cause: error },
        );
      }
      throw error;
    }
  }

  /** @returns what keeps this instance from migrating; null: the schema is up to date */
  private async migrate(): Promise<Reason | null> {
    return onUnhurriedConnections(this.url, async (db) => {
      const missing = await missingMigrations(db, this.kind);
      if (missing.length > 0 && (await livingInstances(db, this.exclusive)) > 0) {
        return {
          cause: `the schema lacks ${missing.join(', ')}, and other instances are running: \`npm run migrate\` adds it beside them`,
          fix: 'Run `npm run migrate`; this instance goes on by itself.',
        };
      }
      await migrateBeside(db, { tell: (step) => this.logStep(step) });
      await admitKeys(db, this.keys);
      await forgetForeignTransactions(db);
      return null;
    });
  }

  private logStep(step: MigrationStep): void {
    if (step.step === 'applied') {
      this.log?.info('store.migrated', { migration: step.name, took_ms: step.tookMs });
    } else {
      this.log?.warn('store.migration_waits', { migration: step.name, for: step.for });
    }
  }

  private lost(): void {
    this.lock = null;
    this.away({
      cause: `the connection to ${placeName(this.place)} was lost`,
      fix: 'Look at its log; the connection is built anew as soon as it can be.',
    });
    this.keepTrying();
  }

  private silence(): Reason {
    return { cause: `${placeName(this.place)} does not answer`, fix: 'Look at its log.' };
  }

  private away({ cause, fix }: Reason): void {
    this.reason = { cause, fix };
    const { host, port } = this.place;
    if (!this.closing) this.outage.away({ host, port, cause, fix });
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
        // A StartError ends a start, and not a running service.
        this.away(
          error instanceof StartError ? { cause: error.seen, fix: error.fix } : ofMigration(error),
        );
        return 'down' as const;
      });
      if (state === 'held') return;
      if (state === 'taken') this.away(this.reason);
    }
  }
}

/**
 * A database that was restored on another server, or promoted, holds places of
 * transactions that never ran on this server: new changes would come before
 * those places. The function moves those places before all new changes. What other
 * instances write meanwhile is not concerned: it has places of this server.
 */
async function forgetForeignTransactions(db: Kysely<Tables>): Promise<void> {
  await db
    .updateTable('runs')
    .set({ changed_xid: 0 })
    .where('changed_xid', '>=', sql<number>`pg_snapshot_xmax(pg_current_snapshot())::text::bigint`)
    .execute();
}

/** The reason leaves out the error's message, because health is open to everybody. */
function ofMigration(error: unknown): Reason {
  const { code } = Object(error) as { code?: unknown };
  return {
    cause: `the schema cannot be brought up to date (${typeof code === 'string' ? code : 'without a code'})`,
    fix: 'Start the service anew: it then says why.',
  };
}

function causeOf(error: unknown): unknown {
  return error instanceof StoreUnavailableError && error.cause ? error.cause : error;
}
