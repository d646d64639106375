import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { isUnavailable } from '../../database/store-errors.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { CallFeed } from './call-feed.js';

const LOOK_EVERY_MS = 2_000;

/**
 * Which history of the store the places of changes belong to. On PostgreSQL it changes when a
 * standby takes over, which may have lost the last commits and gives their places again.
 */
@Injectable()
export class FeedTimeline implements OnModuleInit, BeforeApplicationShutdown {
  private known: number | null = null;
  private isUnknowable = false;
  private loop: Loop | null = null;

  constructor(
    private readonly database: Database,
    private readonly feed: CallFeed,
    private readonly log: Log,
  ) {}

  /** As of the last look. */
  get current(): number {
    return this.known ?? 0;
  }

  async onModuleInit(): Promise<void> {
    await this.look().catch(() => undefined);
    if (this.database.kind === 'sqlite') return;
    // A store that is away is looked at again.
    this.loop = every(
      LOOK_EVERY_MS,
      () => this.look(),
      () => undefined,
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  /**
   * Asks the store, and tells the feed when it has changed.
   * @throws StoreUnavailableError
   */
  async look(): Promise<void> {
    const now = await this.read();
    const before = this.known;
    this.known = now;
    if (before === null || before === now) return;
    this.log.warn('feed.timeline_changed', { before, now });
    this.feed.broke();
  }

  private async read(): Promise<number> {
    if (this.isUnknowable) return 0;
    try {
      const { timeline } = await this.database.read((db) =>
        db.selectNoFrom(this.database.engine.timeline().as('timeline')).executeTakeFirstOrThrow(),
      );
      return timeline;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // Some services that offer PostgreSQL do not let anybody see its log.
      this.isUnknowable = true;
      this.log.warn('feed.timeline_unknown', { error });
      return 0;
    }
  }
}
