import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Cluster } from '../../cluster/cluster.js';
import { Leases } from '../../cluster/leases.js';
import { SyncedFeeds } from '../../control/synced-feeds.js';
import { UnlistedCalls } from '../../control/unlisted-calls.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Draining } from '../../shared/draining.js';
import { Log } from '../../shared/logger.js';
import { FeedReader } from './feed-reader.js';
import { LeasedFeed } from './leased-feed.js';
import { TakeTold } from './take-told.js';

/**
 * Reads the feeds of all accounts that have one and that no other instance reads: from the moment
 * when we listen, so that a stream can be opened for whatever is told, until the last call of a
 * drain has ended, or another instance takes over.
 */
@Injectable()
export class EventFeeds implements OnModuleInit, OnApplicationShutdown {
  private feeds: LeasedFeed[] = [];

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
    const { taker, unlisted, synced, leases, cluster, draining, log } = this;
    this.feeds = this.providers.all().flatMap((account) => {
      const { key, ingress: feed } = account;
      if (feed.transport !== 'feed') return [];
      const reader = () => new FeedReader({ account, feed, taker, unlisted, synced, log });
      return [new LeasedFeed({ account: key, reader, leases, cluster, draining, log })];
    });
    this.http.listen$.subscribe(() => {
      for (const feed of this.feeds) feed.open();
    });
  }

  /** After the calls have ended or were cut, and before the ledger closes. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.close()));
  }
}
