import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, SqliteDialect, type SqliteDialectConfig, type Transaction } from 'kysely';
import Libsql from 'libsql';
import { Database, type StoreReport } from './database.js';
import { withinDeadline } from './deadline.js';
import { migrateToLatest } from './migrate.js';
import type { Tables } from './schema.js';
import { isBusy, StoreHeldError, StoreUnavailableError } from './store-errors.js';

/** Prepared statements that are kept; those for many rows at once come in too many lengths. */
const KEPT_STATEMENTS = 500;
const KEPT_TEXT_MAX = 4_000;
/** How long a start waits for the previous holder to let go. */
const LOCK_WAIT_MS = 5_000;

/**
 * One file, `patchbay.db`, in write-ahead mode with `synchronous=FULL`: what was
 * committed survives `kill -9` and a power cut. It may be copied while running
 * only by `npm run backup`, never by copying the file.
 */
export class SqliteDatabase extends Database {
  readonly kind = 'sqlite';
  /** It works on the event loop, which live calls share: 200 held it for 60 ms. */
  readonly commitSize = 32;
  readonly epoch = 0;
  private db: Kysely<Tables> | null = null;
  private lock: Libsql.Database | null = null;

  constructor(
    private readonly directory: string,
    private readonly lockWaitMs: number = LOCK_WAIT_MS,
  ) {
    super();
  }

  async read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return withinDeadline(work(this.opened()));
  }

  async write<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return withinDeadline(this.opened().transaction().execute(work));
  }

  async report(): Promise<StoreReport> {
    try {
      await this.read((db) => db.selectFrom('users').select('user_id').limit(1).execute());
      return { kind: this.kind, up: true, migrated: true, reason: null };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: this.kind, up: false, migrated: false, reason };
    }
  }

  async open(): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.lock = await takeLock(join(this.directory, 'patchbay.lock'), this.lockWaitMs);
    try {
      await this.openFile(join(this.directory, 'patchbay.db'));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.db?.destroy();
    this.db = null;
    this.lock?.close();
    this.lock = null;
  }

  private async openFile(path: string): Promise<void> {
    const file = new Libsql(path);
    chmodSync(path, 0o600);
    file.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 2000;',
    );
    this.db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: forKysely(file) }) });
    // Kysely migrates SQLite statement by statement; a start that is killed halfway must leave nothing.
    file.exec('begin immediate');
    try {
      await migrateToLatest(this.db, this.kind);
      file.exec('commit');
    } catch (error) {
      if (file.inTransaction) file.exec('rollback');
      throw error;
    }
  }

  private opened(): Kysely<Tables> {
    if (!this.db) throw new StoreUnavailableError('the store is not open');
    return this.db;
  }
}

/**
 * SQLite itself ends a transaction that finds the disk full. Kysely would roll
 * back once more, fail at that, and report that instead of the full disk.
 *
 * Statements are kept: preparing one takes longer than most of them run.
 */
function forKysely(file: Libsql.Database): SqliteDialectConfig['database'] {
  const statements = new Map<string, Libsql.Statement>();
  return {
    close: () => {
      statements.clear();
      file.close();
    },
    prepare: (asked) => {
      const text = asked === 'rollback' && !file.inTransaction ? 'select 1' : asked;
      const known = statements.get(text);
      if (known) return known;
      const statement = file.prepare(text);
      if (text.length <= KEPT_TEXT_MAX) {
        if (statements.size === KEPT_STATEMENTS) statements.clear();
        statements.set(text, statement);
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
