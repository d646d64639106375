import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Database } from '../../database/database.js';

/** Up: the store answers and has every migration. Down: calls cannot be recorded, so none are taken. */
@Injectable()
export class StoreIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly database: Database,
  ) {}

  async check() {
    const store = await this.database.report();
    const indicator = this.health.check('store');
    if (store.up && store.migrated) return indicator.up({ report: store, reason: null });
    return indicator.down({
      report: store,
      reason: store.up ? 'its migrations have not run' : (store.reason ?? 'it does not answer'),
    });
  }
}
