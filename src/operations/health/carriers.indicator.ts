import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { ProviderRegistry } from '../../providers/provider-registry.js';

/** Which carriers are set up. They are not asked, because a carrier's outage must not take the service out of use. */
@Injectable()
export class CarriersIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly providers: ProviderRegistry,
  ) {}

  check() {
    const report = this.providers.kinds.flatMap(({ name, accounts }) =>
      accounts.length === 0
        ? [{ name, configured: false, simulated: false }]
        : accounts.map(({ key, simulated }) => ({
            name,
            account: key,
            configured: true,
            simulated,
          })),
    );
    const indicator = this.health.check('carriers');
    if (!report.some(({ configured }) => configured)) {
      return indicator.degraded({
        report,
        reason: 'no carrier is configured, so nothing can be dialled',
      });
    }
    if (report.some(({ simulated }) => simulated)) {
      return indicator.degraded({
        report,
        reason: 'calls are simulated and never leave this machine',
      });
    }
    return indicator.up({ report, reason: null });
  }
}
