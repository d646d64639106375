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
import { admitAlone, type Alone } from './admit-alone.js';
import { OutageLog } from './outage-log.js';
import { OutageWatch } from './outage-watch.js';
import { postgresEngine } from './postgres-engine.js';
import { explainPostgres, placeName, placeOf, type PostgresPlace } from './postgres-faults.js';
import { CONNECTING, postgresPool } from './postgres-pool.js';
import { onUnhurriedConnections } from './unhurried-connections.js';
import type { Tables } from './schema.js';
import { isRaceLost, StoreHeldError, StoreUnavailableError } from './store-errors.js';
import { WriteProbe } from './write-probe.js';
import { within } from '../shared/within.js';

const RETRY_MS = 500;
/** How long an instance that must be alone waits for others to leave, or for their leases to lapse. */
const ALONE_WAIT_MS = 10_000;
/** How long a stop waits for a server that does not answer. */
const CLOSE_WAIT_MS = 3_000;
/**
 * How often a transaction that lost a race is run again, and the longest wait
 * before each attempt.
 */
const RACES_MAX = 5;
const RACE_PAUSE_MS = 20;
/** Connections of the pool, in addition to, at the start, those for migrations. */
const CONNECTIONS = 10;
interface Reason {
  cause: string;
  fix: string;
}

export interface PostgresOptions {
  /** Where set, this instance works only where no other one lives; default: beside others. */
  alone?: Alone | null;
  /** Milliseconds that a start waits for the others to be gone where it must be alone; default 10,000. */
  aloneWaitMs?: number;
  /** Default {@link STORE_DEADLINE_MS}. */
  deadlineMs?: number;
  /** The log that outages are written to. */
  log?: Log;
  /** The keys of `CREDENTIALS_KEY`; an instance with others than the store's is refused. */
  keys?: SealingKeys | null;
}

/**
 * PostgreSQL behind a pool, which any number of instances share. When the server goes away every
 * request fails within the deadline; a start without the server is completed in the background.
 */
export class PostgresDatabase extends Database {
  readonly kind = 'postgres';
  readonly engine = postgresEngine;
  readonly commitSize = 200;
  readonly exclusive = false;
  readonly callWrites = null;
  private readonly db: Kysely<Tables>;
  private readonly place: PostgresPlace;
  readonly deadlineMs: number;
  private readonly alone: Alone | null;
  private readonly aloneWaitMs: number;
  private readonly log: Log | null;
  private readonly outage: OutageLog;
  private readonly watch: OutageWatch;
  private readonly probe = new WriteProbe();
  private readonly keys: SealingKeys | null;
  private migrated = false;
  private closing = false;
  private reason: Reason = { cause: 'not connected yet', fix: 'Wait.' };
  private keeper: Promise<void> | null = null;

  /** @throws StartError when the URL names a file that cannot be read */
  constructor(
    private readonly url: string,
    {
      alone = null,
      aloneWaitMs = ALONE_WAIT_MS,
      deadlineMs = STORE_DEADLINE_MS,
      log,
      keys = null,
    }: PostgresOptions = {},
  ) {
    super();
    this.alone = alone;
    this.aloneWaitMs = aloneWaitMs;
    this.deadlineMs = deadlineMs;
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
    this.watch = new OutageWatch(RETRY_MS, {
      ask: () => withinDeadline(this.ask(), this.deadlineMs),
      away: (error) => this.away(explainPostgres(causeOf(error), this.place) ?? this.silence()),
      back: () => this.outage.back(),
    });
  }

  async read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    this.assertOpen();
    return this.watch.watch(withinDeadline(work(this.db), this.deadlineMs));
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
      const { cause, fix } = this.migrated
        ? (explainPostgres(causeOf(error), this.place) ?? this.silence())
        : this.reason;
      return { kind: this.kind, up: false, migrated: this.migrated, reason: cause, fix };
    }
  }

  /**
   * A server that is down does not stop the start: requests are answered 503 until it is up. A
   * fault that will not resolve itself does stop it, such as a wrong password, and so do others on
   * the store where this instance must be alone. A schema that is not up to date is waited for as
   * a server is where other instances live.
   */
  async open(): Promise<void> {
    const giveUpAt = performance.now() + this.aloneWaitMs;
    for (let attempts = 0; ; attempts += 1) {
      const state = await this.tryOpen();
      if (state === 'open') return;
      if (state === 'down') break;
      if (performance.now() >= giveUpAt) throw new StoreHeldError(this.reason.cause);
      if (attempts === 0) {
        const waits_ms = this.aloneWaitMs;
        this.log?.warn('store.waits_to_be_alone', { ...this.reason, waits_ms });
      }
      await sleep(RETRY_MS);
    }
    this.keepTrying();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.watch.end();
    await this.keeper;
    this.migrated = false;
    // A server that went silent must not keep us from stopping.
    await within(CLOSE_WAIT_MS, this.db.destroy()).catch(() => undefined);
  }

  private async transact<T>(
    isolation: IsolationLevel,
    work: (trx: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    this.assertOpen();
    const done = withinDeadline(this.tryUntilWon(isolation, work), this.deadlineMs);
    return this.probe.watch(this.watch.watch(done));
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

  private assertOpen(): void {
    if (!this.migrated) throw new StoreUnavailableError(this.reason.cause);
  }

  private async ask(): Promise<void> {
    await this.db.selectNoFrom((select) => select.lit(1).as('one')).execute();
  }

  /**
   * One attempt to connect and migrate.
   * @returns `held`: others live on the store, and this instance must be alone
   * @throws StartError where a retry cannot help, and what a migration throws
   */
  private async tryOpen(): Promise<'open' | 'down' | 'held'> {
    try {
      const obstacle = await this.migrate();
      if (obstacle) {
        if (obstacle.isHeld) this.reason = obstacle;
        else this.away(obstacle);
        return obstacle.isHeld ? 'held' : 'down';
      }
      // From here on work is accepted, and never before the migrations.
      this.migrated = true;
      this.reason = this.silence();
      this.outage.back();
      return 'open';
    } catch (error) {
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

  /** @returns what keeps this instance from working on the store; null: nothing */
  private async migrate(): Promise<(Reason & { isHeld: boolean }) | null> {
    return onUnhurriedConnections(this.url, async (db) => {
      const missing = await missingMigrations(db, this.kind);
      const isAlone = (await livingInstances(db)) === 0;
      if (missing.length > 0 && !isAlone) {
        return {
          cause: `the schema lacks ${missing.join(', ')}, and other instances are running: \`npm run migrate\` adds it beside them`,
          fix: 'Run `npm run migrate`; this instance goes on by itself.',
          isHeld: false,
        };
      }
      await migrateBeside(db, { tell: (step) => this.logStep(step) });
      await admitKeys(db, this.keys, isAlone);
      await forgetForeignTransactions(db);
      const { alone } = this;
      if (alone === null || (await admitAlone(db, alone))) return null;
      return {
        cause: `another Patchbay is using this PostgreSQL database (${placeName(this.place)}), and ${alone.because}: ${alone.fix}, stop the other one, or give this one a DATABASE_URL of its own`,
        fix: 'Stop the other one, or do what the cause says.',
        isHeld: true,
      };
    });
  }

  private logStep(step: MigrationStep): void {
    if (step.step === 'applied') {
      this.log?.info('store.migrated', { migration: step.name, took_ms: step.tookMs });
    } else {
      this.log?.warn('store.migration_waits', { migration: step.name, for: step.for });
    }
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
    this.keeper = this.retryUntilOpen().finally(() => {
      this.keeper = null;
    });
  }

  private async retryUntilOpen(): Promise<void> {
    while (!this.closing) {
      await sleep(RETRY_MS);
      if (this.closing) return;
      const state = await this.tryOpen().catch((error: unknown) => {
        // A StartError ends a start, and not a running service.
        this.away(
          error instanceof StartError ? { cause: error.seen, fix: error.fix } : ofMigration(error),
        );
        return 'down' as const;
      });
      if (state === 'open') return;
      if (state === 'held') this.away(this.reason);
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
