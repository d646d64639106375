import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Cluster } from '../../cluster/cluster.js';

/** Down while the other instances may believe that this one is gone: it takes nothing new, and talks on. */
@Injectable()
export class FenceIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly cluster: Cluster,
  ) {}

  check() {
    const indicator = this.health.check('lease');
    if (!this.cluster.fenced) return indicator.up({ reason: null });
    return indicator.down({
      reason:
        'this instance could not renew it in the store; its calls go on, and it takes no new ones',
    });
  }
}
