import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { SimulatedCarrierSettings } from '../../config/settings.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';

/** Which carriers are set up. They are not asked: a carrier's outage must not take us out of service. */
@Injectable()
export class CarriersIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly providers: ProviderRegistry,
    private readonly simulated: SimulatedCarrierSettings,
  ) {}

  check() {
    const report = this.providers.all().map(({ name, configured }) => ({
      name,
      configured,
      simulated: this.simulated.enabled,
    }));
    const indicator = this.health.check('carriers');
    if (report.some(({ configured }) => configured)) return indicator.up({ report, reason: null });
    return indicator.degraded({
      report,
      reason: 'no carrier is configured, so nothing can be dialled',
    });
  }
}
