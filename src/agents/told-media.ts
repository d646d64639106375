import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Presence } from '../cluster/presence.js';
import { Database } from '../database/database.js';
import { every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { AgentSettings } from './agents.variables.js';
import { MediaHash } from './media-hash.js';

const EVERY_MS = 60_000;

/**
 * Tells the other instances what is in our `MEDIA_DIR`, so that the doctor of any of them finds one
 * that differs. Where one instance has the store to itself, nobody asks.
 */
@Injectable()
export class ToldMedia implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly hash: MediaHash;
  private loop: Loop | null = null;
  private first: Promise<void> | null = null;

  constructor(
    { mediaDir }: AgentSettings,
    private readonly presence: Presence,
    private readonly database: Database,
    private readonly log: Log,
  ) {
    this.hash = new MediaHash(mediaDir);
  }

  /** The start does not wait for it. */
  onApplicationBootstrap(): void {
    if (this.database.exclusive) return;
    this.first = this.tell().catch(this.noteFailed);
    this.loop = every(EVERY_MS, () => this.tell(), this.noteFailed);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.first;
    await this.loop?.stop();
  }

  private async tell(): Promise<void> {
    this.presence.hasMedia(await this.hash.compute());
  }

  private readonly noteFailed = (error: unknown): void => {
    this.log.warn('media.not_compared', { error });
  };
}
