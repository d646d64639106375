import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import Beside from 'libsql/promise';
import { StoreUnavailableError } from './store-errors.js';

/**
 * Commits between two checkpoints, after which SQLite begins the log anew and waits for the disk once, on
 * the event loop. A commit of a call writes some 20 pages of 4 KB, a full one of a burst 100.
 */
export const COMMITS_PER_CHECKPOINT = 50;

/** Puts all that was written to an open file onto the disk. */
export type Flush = (descriptor: number) => Promise<void>;
export const flushByThread: Flush = promisify(fdatasync);
/** Does some work while nobody else uses the connection that writes. */
export type Alone = <T>(work: () => Promise<T>) => Promise<T>;

/** What `pragma wal_checkpoint` replies: pages in the log, and how many of them are in the database file. */
interface Checkpoint {
  log: number;
  checkpointed: number;
}

/**
 * The write-ahead log of a store in SQLite. SQLite itself writes commits to it without waiting for the
 * disk (`synchronous=NORMAL`), because it would wait on the event loop, in which the audio of all calls
 * then waits too: a millisecond on a good disk, ten and more on one of a cloud. Here a thread waits, and
 * whoever asks for {@link onDisk} with it. One wait serves all commits before it.
 *
 * With `NORMAL` a power cut may take the last commits, but never harms what is left; so nothing may be
 * told to anybody before it is {@link onDisk}, neither that it was written nor what was read.
 */
export class WriteAheadLog {
  private readonly descriptor: number;
  /** Another connection, whose statements run in a thread; opened for the first checkpoint. */
  private beside: Beside | null = null;
  private commits = 0;
  private hasNews = false;
  private next: Promise<void> | null = null;
  private running: Promise<void> | null = null;
  private isCheckpointing = false;
  /** The statement of a checkpoint that runs in its thread. */
  private copying: Promise<unknown> | null = null;
  /** The disk refused a flush. What it refused is not tried again by the system, so flushes prove nothing. */
  private isInDoubt = false;
  private isClosed = false;

  /**
   * @param path of the database file, which is open in write-ahead mode. SQLite locks it and the
   *   shared memory, but not the log, so that a descriptor of one's own drops no lock when it is closed.
   */
  constructor(
    private readonly path: string,
    private readonly flush: Flush,
    private readonly alone: Alone,
  ) {
    this.descriptor = openSync(`${path}-wal`, 'r+');
  }

  /** To be told of each commit, before anything else is done. */
  committed(): void {
    this.hasNews = true;
    this.commits += 1;
  }

  /**
   * Settles when all commits up to now are on the disk.
   *
   * @throws the disk's error. It is unknown then which of them are.
   */
  async onDisk(): Promise<void> {
    if (this.hasNews) {
      this.next ??= this.flushNext();
      await this.next;
    } else if (this.running) {
      await this.running;
    }
  }

  /** Waits for the disk, but not for a checkpoint that itself waits for the connection. */
  async close(): Promise<void> {
    await this.onDisk().catch(() => undefined);
    this.isClosed = true;
    await this.copying?.catch(() => undefined);
    this.beside?.close();
    closeSync(this.descriptor);
  }

  private async flushNext(): Promise<void> {
    // A flush that has begun says nothing of what was written since.
    await this.running?.catch(() => undefined);
    this.next = null;
    this.hasNews = false;
    this.running = this.putOntoDisk().finally(() => {
      this.running = null;
    });
    await this.running;
  }

  private async putOntoDisk(): Promise<void> {
    try {
      if (this.isInDoubt) await this.copyAll();
      await this.flush(this.descriptor);
      this.isInDoubt = false;
    } catch (error) {
      this.isInDoubt = true;
      this.hasNews = true;
      throw error;
    }
    if (this.commits >= COMMITS_PER_CHECKPOINT) this.checkpointBeside();
  }

  private checkpointBeside(): void {
    if (this.isCheckpointing) return;
    this.isCheckpointing = true;
    this.commits = 0;
    void this.copyAll()
      // The log grows until the next one, or until SQLite copies it by itself.
      .catch(() => undefined)
      .finally(() => {
        this.isCheckpointing = false;
      });
  }

  /**
   * Copies the log into the database file, and that onto the disk: most of it while others write, and
   * what they wrote meanwhile while they wait. Only where nothing is left is the log begun anew.
   */
  private async copyAll(): Promise<void> {
    await this.checkpoint();
    const { log, checkpointed } = await this.alone(() => this.checkpoint());
    if (checkpointed < log) throw new StoreUnavailableError('another process reads the log');
  }

  private async checkpoint(): Promise<Checkpoint> {
    if (this.isClosed) throw new StoreUnavailableError('the store is closed');
    const row = this.askForCheckpoint((this.beside ??= new Beside(this.path, {})));
    this.copying = row;
    try {
      return await row;
    } finally {
      this.copying = null;
    }
  }

  private async askForCheckpoint(beside: Beside): Promise<Checkpoint> {
    const statement = await beside.prepare('pragma wal_checkpoint(passive)');
    const [row] = (await statement.all([])) as Checkpoint[];
    if (!row) throw new Error('SQLite says nothing of its checkpoint');
    return row;
  }
}
