import { setTimeout as sleep } from 'node:timers/promises';
import type { UnlistedCalls } from '../../control/unlisted-calls.js';
import type { SyncedFeeds } from '../../control/synced-feeds.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { Closable, EventFeed, FeedListener, FeedTold } from '../../providers/ingress.js';
import type { Log } from '../../shared/logger.js';
import type { TakeTold } from './take-told.js';

/** How long to wait before the store, or the carrier for its list, is asked again. */
const AGAIN_MS = 1_000;
/** The most messages that wait for the store; what comes beyond that is made up for by a list. */
const WAITING_MAX = 10_000;

export interface FeedReaderParts {
  account: CarrierAccount;
  feed: EventFeed;
  taker: TakeTold;
  unlisted: UnlistedCalls;
  synced: SyncedFeeds;
  log: Log;
  /** Default: a second. */
  againMs?: number;
  /** Default: 10,000. */
  waitingMax?: number;
}

/**
 * Reads the feed of one account. Messages about one call are taken one after another, each until it
 * is durable; an outage of the store delays them and loses none. What a lost connection, a full
 * queue or a dead process has lost is made up for by the carrier's list of live calls, which is in
 * the ledger before the account dials again.
 */
export class FeedReader implements FeedListener {
  /** The last message that waits about each call. */
  private readonly turns = new Map<string, Promise<boolean>>();
  private readonly closing = new AbortController();
  private waiting = 0;
  /** A new object for each connection; null while there is none. */
  private connection: object | null = null;
  private syncing: Promise<void> = Promise.resolve();
  private handle: Closable | null = null;
  /** Why there has been no connection since the last one. */
  private readonly reasons = new Set<string | null>();

  constructor(private readonly parts: FeedReaderParts) {}

  open(): void {
    this.leave();
    this.handle = this.parts.feed.open(this);
  }

  /** Closes the connection; resolves when no message is being taken any more. */
  async close(): Promise<void> {
    this.closing.abort();
    this.leave();
    await this.handle?.close();
    await this.syncing;
    this.parts.synced.leave(this.parts.account.key);
    await Promise.all(this.turns.values());
  }

  connected(): void {
    if (this.closing.signal.aborted) return;
    this.leave();
    this.reasons.clear();
    const connection = {};
    this.connection = connection;
    this.syncing = this.syncing.then(() => this.sync(connection));
  }

  lost(why?: string): void {
    const { account, log } = this.parts;
    const reason = why ?? null;
    const fields = { account: account.key, reason };
    if (this.connection !== null) log.warn('feed.lost', fields);
    else if (!this.reasons.has(reason)) log.warn('feed.not_connected', fields);
    this.reasons.add(reason);
    this.leave();
  }

  async told(told: FeedTold): Promise<boolean> {
    const { account, log, waitingMax = WAITING_MAX } = this.parts;
    if (this.closing.signal.aborted) return false;
    if (this.waiting >= waitingMax) {
      // Compares the calls again, once what waits is stored.
      if (this.connection !== null) this.connected();
      log.warn('feed.overflow', { account: account.key, waiting: this.waiting });
      return false;
    }
    return this.inTurn(told);
  }

  private leave(): void {
    this.connection = null;
    this.parts.synced.set(this.parts.account.key, false);
  }

  private inTurn(told: FeedTold): Promise<boolean> {
    const call = told.ids.call ?? told.ids.request ?? `run ${told.runId}`;
    const turn = (this.turns.get(call) ?? Promise.resolve(true)).then(() => this.take(told));
    this.turns.set(call, turn);
    this.waiting += 1;
    return turn.finally(() => {
      this.waiting -= 1;
      if (this.turns.get(call) === turn) this.turns.delete(call);
    });
  }

  /** Never rejects: an error that we did not foresee costs this message alone. */
  private async take(told: FeedTold): Promise<boolean> {
    const { account, taker, log } = this.parts;
    try {
      await taker.take(account, told, (work) => this.untilStored(work));
      return true;
    } catch (error) {
      const event = error instanceof StoreUnavailableError ? 'feed.given_up' : 'feed.failed';
      log.error(event, { account: account.key, workflow_run_id: told.runId, error });
      return false;
    }
  }

  /** @throws StoreUnavailableError when the service stops during an outage */
  private async untilStored<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isOutage = error instanceof StoreUnavailableError;
        if (!isOutage || this.closing.signal.aborted) throw error;
      }
      await this.pause();
    }
  }

  private async sync(connection: object): Promise<void> {
    const { account, synced, log } = this.parts;
    while (this.connection === connection) {
      try {
        const counted = await this.compare();
        if (this.connection === connection && counted) {
          synced.set(account.key, true);
          log.info('feed.synced', { account: account.key, ...counted });
          return;
        }
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) {
          log.error('feed.failed', { account: account.key, error });
        }
      }
      await this.pause();
    }
  }

  /** Null when the carrier does not give its list, or not all of it could be taken. */
  private async compare(): Promise<{ calls: number; unlisted: number } | null> {
    const { account, feed, unlisted, log } = this.parts;
    const known = await unlisted.known(account);
    const list = await feed.resync();
    if (list.kind === 'failed') {
      log.warn('feed.not_listed', { account: account.key, reason: list.message });
      return null;
    }
    const taken = await Promise.all(list.calls.map((told) => this.inTurn(told)));
    if (taken.includes(false)) return null;
    const gone = await unlisted.conclude(account, known, list.calls);
    return { calls: list.calls.length, unlisted: gone };
  }

  /** Ends early when the service stops. */
  private async pause(): Promise<void> {
    const { againMs = AGAIN_MS } = this.parts;
    const { signal } = this.closing;
    await sleep(againMs, undefined, { signal }).catch(() => undefined);
  }
}
