import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SyncedFeeds } from '../../control/synced-feeds.js';
import { UnlistedCalls } from '../../control/unlisted-calls.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Log } from '../../shared/logger.js';
import { FeedReader } from './feed-reader.js';
import { TakeTold } from './take-told.js';

/**
 * Reads the feeds of all accounts that have one: from the moment when we listen, so that a stream
 * can be opened for whatever is told, until the last call of a drain has ended.
 */
@Injectable()
export class EventFeeds implements OnModuleInit, OnApplicationShutdown {
  private readers: FeedReader[] = [];

  constructor(
    private readonly providers: ProviderRegistry,
    private readonly taker: TakeTold,
    private readonly unlisted: UnlistedCalls,
    private readonly synced: SyncedFeeds,
    private readonly log: Log,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const { taker, unlisted, synced, log } = this;
    this.readers = this.providers.all().flatMap((account) => {
      const { ingress: feed } = account;
      if (feed.transport !== 'feed') return [];
      return [new FeedReader({ account, feed, taker, unlisted, synced, log })];
    });
    this.http.listen$.subscribe(() => {
      for (const reader of this.readers) reader.open();
    });
  }

  /** After the calls have ended or were cut, and before the ledger closes. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.close()));
  }
}
