import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Cluster } from '../../cluster/cluster.js';
import { Leases } from '../../cluster/leases.js';
import { SyncedFeeds } from '../../control/synced-feeds.js';
import { UnlistedCalls } from '../../control/unlisted-calls.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { EventFeed } from '../../providers/ingress.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Draining } from '../../shared/draining.js';
import { Log } from '../../shared/logger.js';
import { FeedReader } from './feed-reader.js';
import { LeasedFeed } from './leased-feed.js';
import { TakeTold } from './take-told.js';

/** The feed of an account, and what is read of it. */
interface Followed {
  feed: EventFeed;
  leased: LeasedFeed;
}

/**
 * Reads the feeds of all accounts that have one and that no other instance reads: from the moment
 * when we listen, so that a stream can be opened for whatever is told, until the last call of a
 * drain has ended, or another instance takes over. Accounts that are made, changed or deleted
 * meanwhile are followed at once.
 */
@Injectable()
export class EventFeeds implements OnModuleInit, OnApplicationShutdown {
  private readonly followed = new Map<string, Followed>();
  private following: Promise<void> = Promise.resolve();
  private isOpen = false;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly providers: ProviderRegistry,
    private readonly taker: TakeTold,
    private readonly unlisted: UnlistedCalls,
    private readonly synced: SyncedFeeds,
    private readonly leases: Leases,
    private readonly cluster: Cluster,
    private readonly draining: Draining,
    private readonly log: Log,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.providers.onChange(() => this.changed());
    this.http.listen$.subscribe(() => {
      this.isOpen = true;
      this.changed();
    });
  }

  /** After the calls have ended or were cut, and before the ledger closes. */
  async onApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    this.isOpen = false;
    await this.following;
    await Promise.all([...this.followed.values()].map(({ leased }) => leased.close()));
  }

  /** One change after the other: an account's next feed is opened when its last one is closed. */
  private changed(): void {
    this.following = this.following
      .then(() => this.follow())
      .catch((error: unknown) => this.log.error('feed.not_followed', { error }));
  }

  private async follow(): Promise<void> {
    if (!this.isOpen) return;
    const present = new Map<string, [CarrierAccount, EventFeed]>();
    for (const account of this.providers.all()) {
      const { key, ingress } = account;
      if (ingress.transport === 'feed') present.set(key, [account, ingress]);
    }
    for (const [key, { feed, leased }] of this.followed) {
      if (present.get(key)?.[1] === feed) continue;
      this.followed.delete(key);
      await leased.close();
      // Of an account that was changed this instance goes on to be the reader.
      if (!present.has(key)) await leased.pass();
    }
    for (const [key, [account, feed]] of present) {
      if (this.followed.has(key)) continue;
      const leased = this.leasedFeed(account, feed);
      this.followed.set(key, { feed, leased });
      leased.open();
    }
  }

  private leasedFeed(account: CarrierAccount, feed: EventFeed): LeasedFeed {
    const { taker, unlisted, synced, leases, cluster, draining, log } = this;
    const reader = () => new FeedReader({ account, feed, taker, unlisted, synced, log });
    return new LeasedFeed({ account: account.key, reader, leases, cluster, draining, log });
  }
}
