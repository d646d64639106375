import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { StoreUnavailableError } from '../database/store-errors.js';
import { every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { BEAT_MS, Leases } from './leases.js';

/** Shows the other instances that this one is alive, until it stops. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | null = null;

  constructor(
    private readonly leases: Leases,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // The health report shows a store that is down at the start.
    await this.leases.beat().catch((error: unknown) => this.noteFailed(error));
    this.loop = every(
      BEAT_MS,
      () => this.leases.beat(),
      (error) => this.noteFailed(error),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    await this.leases.leave().catch((error: unknown) => this.noteFailed(error));
  }

  private noteFailed(error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.log.error('heartbeat.failed', { error });
  }
}
