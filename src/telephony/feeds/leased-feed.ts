import type { Cluster } from '../../cluster/cluster.js';
import type { Leases } from '../../cluster/leases.js';
import { unlessUnavailable } from '../../database/store-errors.js';
import type { Draining } from '../../shared/draining.js';
import { every, type Loop } from '../../shared/every.js';
import type { Log } from '../../shared/logger.js';
import type { FeedReader } from './feed-reader.js';

/** How often the lease is renewed, or asked for. */
const LOOK_MS = 1_000;
/** Longer than the lease of an instance, so a holder that dies loses this one with that one. */
const LEASE_MS = 10_000;
/** How often we look whether we are fenced: well before anybody else may have the lease. */
const FENCED_MS = 250;

export interface LeasedFeedParts {
  account: string;
  /** A reader for the time of one lease; it is opened and closed once. */
  reader: () => FeedReader;
  leases: Leases;
  cluster: Cluster;
  draining: Draining;
  log: Log;
  /** Default: a second. */
  lookMs?: number;
}

/**
 * Reads an account's feed while this instance has its lease: of several instances that share a
 * store one reads it, or each event would be taken, and each question answered, by all of them.
 *
 * An instance that drains passes it on as soon as another is ready, since only the reader dials
 * the account. One that is alone reads until its last call has ended.
 */
export class LeasedFeed {
  private current: FeedReader | null = null;
  private closing: Promise<void> = Promise.resolve();
  private loops: Loop[] = [];
  private first: Promise<void> = Promise.resolve();
  private readonly noteFailed = unlessUnavailable((error) => {
    const { log, account } = this.parts;
    log.error('feed.lease_failed', { account, error });
  });

  constructor(private readonly parts: LeasedFeedParts) {}

  /** Begins to ask for the lease. */
  open(): void {
    const { lookMs = LOOK_MS } = this.parts;
    const fence = async (): Promise<void> => {
      if (this.parts.cluster.fenced) await this.leave();
    };
    this.loops = [
      every(lookMs, () => this.look(), this.noteFailed),
      every(FENCED_MS, fence, this.noteFailed),
    ];
    this.first = this.look().catch(this.noteFailed);
  }

  /** Stops reading; the lease ends with those of the instance. */
  async close(): Promise<void> {
    await Promise.all([this.first, ...this.loops.map((loop) => loop.stop())]);
    await this.leave();
  }

  /** Gives the lease back after {@link close}, for whoever wants it, if it was ours. Never rejects. */
  async pass(): Promise<void> {
    await this.parts.leases.giveJob(this.job).catch(this.noteFailed);
  }

  private get job(): string {
    return `feed ${this.parts.account}`;
  }

  private async look(): Promise<void> {
    const { leases, cluster, draining, reader } = this.parts;
    const { job } = this;
    if (draining.active && cluster.hasReadyOther) {
      if (this.current === null) return;
      await this.leave();
      return leases.giveJob(job);
    }
    const isOurs = await leases.takeJob(job, LEASE_MS);
    // The reply may have come late.
    if (!isOurs || cluster.fenced) return this.leave();
    await this.closing;
    if (this.current !== null) return;
    this.current = reader();
    this.current.open();
  }

  private leave(): Promise<void> {
    const { current } = this;
    this.current = null;
    if (current) this.closing = current.close();
    return this.closing;
  }
}
