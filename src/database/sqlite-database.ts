import { chmodSync, mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Kysely,
  SqliteDialect,
  type SqliteDialectConfig,
  type SqliteStatement,
  type Transaction,
} from 'kysely';
import Libsql from 'libsql';
import { Database, STORE_DEADLINE_MS, type StoreReport } from './database.js';
import { withinDeadline } from './deadline.js';
import { migrateToLatest } from './migrate.js';
import type { Tables } from './schema.js';
import { sqliteEngine } from './sqlite-engine.js';
import { explainSqlite, sqliteStartError } from './sqlite-faults.js';
import { keptStatement } from './sqlite-statement.js';
import { isBusy, StoreHeldError, StoreUnavailableError } from './store-errors.js';
import { flushByThread, WriteAheadLog, type Flush } from './write-ahead-log.js';
import { WriteProbe } from './write-probe.js';

/**
 * How many prepared statements are kept; those for many rows at once have too many
 * different lengths to keep them all.
 */
const KEPT_STATEMENTS = 500;
const KEPT_TEXT_MAX = 4_000;
const CHANGES_SCHEMA = /^\s*(alter|create|drop)\b/i;
/** How long a start waits for the previous holder to release the lock. */
const LOCK_WAIT_MS = 5_000;
/**
 * How much the write-ahead log may grow between two checkpoints; with less room
 * commits begin to fail.
 */
const ROOM_MIN_BYTES = 4 * 1024 * 1024;

/** Pages of 4 KB in the log at which SQLite copies them itself, on the event loop: checkpoints beside it have failed. */
const CHECKPOINT_PAGES = 16_000;

/**
 * One file, `patchbay.db`, in write-ahead mode. What a write or a read has told
 * survives `kill -9` and a power cut; see {@link WriteAheadLog}. While the service
 * runs, only `npm run backup` may copy it; the file itself must not be copied.
 */
export class SqliteDatabase extends Database {
  readonly kind = 'sqlite';
  readonly engine = sqliteEngine;
  readonly exclusive = true;
  callWrites = 0;
  /** SQLite runs on the event loop, which live calls share: 200 changes blocked it for 60 ms. */
  readonly commitSize = 32;
  private db: Kysely<Tables> | null = null;
  private log: WriteAheadLog | null = null;
  private lock: Libsql.Database | null = null;
  private readonly probe = new WriteProbe();

  constructor(
    private readonly directory: string,
    private readonly lockWaitMs: number = LOCK_WAIT_MS,
    readonly deadlineMs: number = STORE_DEADLINE_MS,
    private readonly flush: Flush = flushByThread,
  ) {
    super();
  }

  async read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return withinDeadline(this.durable(work(this.opened())), this.deadlineMs);
  }

  async write<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.probe.watch(
      withinDeadline(this.durable(this.opened().transaction().execute(work)), this.deadlineMs),
    );
  }

  async writeLocking<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.write(work);
  }

  async report(): Promise<StoreReport> {
    const migrated = this.db !== null;
    try {
      await this.read((db) => db.selectFrom('users').select('user_id').limit(1).execute());
      await this.probe.look(this);
    } catch (error) {
      const { cause = error } = Object(error) as { cause?: unknown };
      const fault = explainSqlite(cause);
      const reason = fault ? `the database in DATA_DIR: ${fault.cause}` : messageOf(error);
      const fix = fault?.fix ?? 'Look at the log of the service.';
      return { kind: this.kind, up: false, migrated, reason, fix };
    }
    const free = this.roomBytes();
    if (free !== null && free < ROOM_MIN_BYTES) {
      return {
        kind: this.kind,
        up: false,
        migrated,
        reason: `the disk of DATA_DIR is full: ${Math.floor(free / 1024)} KiB are free`,
        fix: 'Make room, or set RECORDING_RETENTION_DAYS.',
      };
    }
    return { kind: this.kind, up: true, migrated, reason: null, fix: null };
  }

  async open(): Promise<void> {
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      this.lock = await takeLock(join(this.directory, 'patchbay.lock'), this.lockWaitMs);
      await this.openFile(join(this.directory, 'patchbay.db'));
    } catch (error) {
      await this.close();
      throw sqliteStartError(this.directory, error);
    }
  }

  async close(): Promise<void> {
    const { db } = this;
    this.db = null;
    // What is kept of calls beside the store ends with it.
    this.callWrites += 1;
    await db?.destroy();
    await this.log?.close();
    this.log = null;
    this.lock?.close();
    this.lock = null;
  }

  private async openFile(path: string): Promise<void> {
    const file = new Libsql(path);
    chmodSync(path, 0o600);
    file.exec(
      `pragma busy_timeout = 2000; pragma journal_mode = wal; pragma synchronous = normal;
       pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma foreign_keys = on;`,
    );
    const database = forKysely(file, {
      committed: () => this.log?.committed(),
      wroteCalls: () => (this.callWrites += 1),
    });
    this.db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    // All of them or none: a start that is killed halfway must leave no partial migration.
    file.exec('begin immediate');
    try {
      await migrateToLatest(this.db, this.kind);
      file.exec('commit');
    } catch (error) {
      if (file.inTransaction) file.exec('rollback');
      throw error;
    }
    const { db } = this;
    this.log = new WriteAheadLog(path, this.flush, (work) => db.connection().execute(work));
    this.log.committed();
    await this.log.onDisk();
  }

  private async durable<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    await this.log?.onDisk();
    return result;
  }

  /** The free space in bytes; null where the system does not report it. */
  private roomBytes(): number | null {
    try {
      const { bavail, bfree, bsize } = statfsSync(this.directory);
      // Only root can use the space that is reserved for root.
      return (process.getuid?.() === 0 ? bfree : bavail) * bsize;
    } catch {
      return null;
    }
  }

  private opened(): Kysely<Tables> {
    if (!this.db) throw new StoreUnavailableError('the store is not open');
    return this.db;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface StatementWatch {
  /** After each commit. */
  committed?: () => void;
  /** Before each statement that may change runs or their timelines. */
  wroteCalls?: () => void;
}

interface KnownStatement {
  statement: SqliteStatement;
  writesCalls: boolean;
}

/** Anything but a plain query, wherever it names one of the tables: rather one too many. */
function mayWriteCalls(text: string): boolean {
  return !/^\s*select\b/i.test(text) && /\b(?:runs|call_events)\b/i.test(text);
}

/**
 * SQLite itself ends a transaction that finds the disk full. Kysely would roll
 * back once more, which fails, and would report that failure instead of the
 * full disk.
 *
 * Statements are kept: preparing one takes longer than most of them run.
 */
export function forKysely(
  file: Libsql.Database,
  { committed, wroteCalls }: StatementWatch = {},
): SqliteDialectConfig['database'] {
  const statements = new Map<string, KnownStatement>();
  let closed = false;
  return {
    close: () => {
      closed = true;
      statements.clear();
      file.close();
    },
    prepare: (asked) => {
      // The library ends the process when a closed file is asked.
      if (closed) throw new StoreUnavailableError('the store is closed');
      const text = asked === 'rollback' && !file.inTransaction ? 'select 1' : asked;
      const known = statements.get(text);
      const writesCalls = known?.writesCalls ?? mayWriteCalls(text);
      if (writesCalls) wroteCalls?.();
      if (known) return known.statement;
      const ran = text === 'commit' ? committed : undefined;
      const statement = keptStatement(file.prepare(text), ran);
      // Its columns may be other ones now.
      if (CHANGES_SCHEMA.test(text)) statements.clear();
      if (text.length <= KEPT_TEXT_MAX) {
        if (statements.size === KEPT_STATEMENTS) statements.clear();
        statements.set(text, { statement, writesCalls });
      }
      return statement;
    },
  };
}

/**
 * Holds an exclusive transaction on a file of its own. The operating system
 * drops such a lock when its holder dies, however it dies, and the database
 * itself stays readable for a backup.
 */
async function takeLock(path: string, waitMs: number): Promise<Libsql.Database> {
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    const lock = new Libsql(path);
    try {
      lock.exec('begin exclusive');
      return lock;
    } catch (error) {
      lock.close();
      if (!isBusy(error)) throw error;
      if (Date.now() >= giveUpAt) {
        throw new StoreHeldError(
          `another Patchbay is using ${path}: stop it, or give this one a DATA_DIR of its own`,
          { cause: error },
        );
      }
    }
    await sleep(100);
  }
}
