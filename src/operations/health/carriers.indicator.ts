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
    const { kinds } = this.providers;
    const accounts = this.providers.enabled().map(({ kind, key, simulated }) => ({
      name: kind,
      account: key,
      configured: true,
      simulated,
    }));
    // Which carriers there could be matters only where there is none.
    const report =
      accounts.length > 0
        ? accounts
        : kinds.map(({ name }) => ({ name, configured: false, simulated: false }));
    const indicator = this.health.check('carriers');
    if (accounts.length === 0) {
      return indicator.degraded({
        report,
        reason: 'no carrier is configured, so nothing can be dialled',
      });
    }
    if (report.every(({ simulated }) => simulated)) {
      return indicator.degraded({
        report,
        reason: 'calls are simulated and never leave this machine',
      });
    }
    return indicator.up({ report, reason: null });
  }
}
