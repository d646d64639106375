import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { unlessUnavailable } from '../database/store-errors.js';
import { every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { BEAT_MS, Leases } from './leases.js';

/** Shows the other instances that this one is alive, until it stops. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | null = null;
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('heartbeat.failed', { error });
  });

  constructor(
    private readonly leases: Leases,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // The health report shows a store that is down at the start.
    await this.leases.beat().catch(this.noteFailed);
    this.loop = every(BEAT_MS, () => this.leases.beat(), this.noteFailed);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    await this.leases.leave().catch(this.noteFailed);
  }
}
