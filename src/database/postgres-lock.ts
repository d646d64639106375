import { Client } from 'pg';
import { STORE_DEADLINE_MS } from './database.js';
import { isOurs } from './postgres-session.js';

/** Any constant of ours: the key of the advisory lock that says "this store has its instance". */
const LOCK_KEY = 7_282_429;
/** How often the holder checks that it still holds the lock. */
const BEAT_MS = 5_000;
/**
 * After this time without a beat nothing may rely on the lock, even if its loss
 * was not reported: the server drops a silent holder a little later.
 */
const FRESH_MS = 20_000;
const SERVER_LETS_GO_MS = 25_000;
/**
 * Settings for this transaction only: the server must not end it for being long,
 * but ends it when its holder falls silent, even if a pooler or the network keeps
 * the connection. Settings that the server's PostgreSQL release does not have are
 * left out.
 */
const STAY_OPEN = `
  select set_config(name, wanted, true)
  from (values
    ('idle_in_transaction_session_timeout', '${SERVER_LETS_GO_MS}'),
    ('transaction_timeout', '0'),
    ('statement_timeout', '0')
  ) as wish(known_as, wanted)
  join pg_settings on name = known_as`;

/** The right to use a store, for as long as it is held. */
export interface HeldLock {
  /** Whether the session behind it is ours alone; otherwise a pooler is in between. */
  readonly direct: boolean;
  /** Whether the lock is certainly held; read before each request. */
  readonly isFresh: boolean;
  /** Asks the server whether the lock is still held. */
  beat(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * The lock that makes one instance the holder of the store. It belongs to a
 * transaction that stays open for as long as the lock is held: a pooler gives a
 * session to one client after the other, but never one with an open
 * transaction. The lock ends with its connection, however that ends.
 */
export class PostgresLock implements HeldLock {
  private beatAt = performance.now();
  private timer: NodeJS.Timeout | null = null;
  private over = false;

  private constructor(
    private readonly client: Client,
    /** False behind a pooler. */
    readonly direct: boolean,
    private readonly onLost: () => void,
  ) {}

  /**
   * Null when another instance has the lock.
   *
   * @param onLost called once, when a lock that was taken is gone
   * @throws what `pg` throws
   */
  static async take(url: string, onLost: () => void): Promise<PostgresLock | null> {
    const client = new Client({
      connectionString: url,
      application_name: 'patchbay lock',
      connectionTimeoutMillis: STORE_DEADLINE_MS,
      query_timeout: STORE_DEADLINE_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
    let lock: PostgresLock | null = null;
    const lost = (): void => lock?.lost();
    client.on('error', lost);
    client.on('end', lost);
    try {
      await client.connect();
      const direct = await isOurs(client);
      // Read committed keeps no snapshot between two statements, so vacuum is not held back.
      await client.query('begin isolation level read committed');
      await client.query(STAY_OPEN);
      const { rows } = await client.query<{ held: boolean }>(
        // The query has no parameters: one with parameters leaves a portal open, and with it a
        // snapshot.
        `select pg_try_advisory_xact_lock(${LOCK_KEY}) as held`,
      );
      if (!rows[0]?.held) {
        await hangUp(client);
        return null;
      }
      lock = new PostgresLock(client, direct, onLost);
      lock.timer = setInterval(() => void lock?.beat(), BEAT_MS);
      return lock;
    } catch (error) {
      await hangUp(client);
      throw error;
    }
  }

  /** Whether the lock was recently confirmed as held. */
  get isFresh(): boolean {
    return !this.over && performance.now() - this.beatAt < FRESH_MS;
  }

  /** Asks the server; true while the lock is certainly held. */
  async beat(): Promise<boolean> {
    const asked = performance.now();
    try {
      await this.client.query('select 1');
      this.beatAt = asked;
      return !this.over;
    } catch {
      this.lost();
      return false;
    }
  }

  /** Releases the lock; `onLost` is not called. */
  async release(): Promise<void> {
    if (this.over) return;
    this.end();
    await this.client.query('rollback').catch(() => undefined);
    await hangUp(this.client);
  }

  private lost(): void {
    if (this.over) return;
    this.end();
    void hangUp(this.client);
    this.onLost();
  }

  private end(): void {
    this.over = true;
    if (this.timer) clearInterval(this.timer);
  }
}

/**
 * Closes the connection at once, even where the other side does not answer: a
 * normal end would wait for a query that hangs.
 */
async function hangUp(client: Client): Promise<void> {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  const patience = setTimeout(() => connection?.stream?.destroy(), 1_000);
  await client.end().catch(() => undefined);
  clearTimeout(patience);
}
