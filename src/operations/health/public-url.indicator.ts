import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { PublicOrigin } from '../../urls/public-origin.js';

/**
 * Whether carriers can reach us. Without an address no call can be placed, but
 * everything else works, so the service is impaired and stays ready.
 */
@Injectable()
export class PublicUrlIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly origin: PublicOrigin,
  ) {}

  check() {
    const report = this.origin.report();
    const indicator = this.health.check('public_url');
    if (report.fix === null) return indicator.up({ report, reason: null });
    const what = report.origin === null ? 'no public address is known' : 'it may be out of date';
    return indicator.degraded({ report, reason: `${what}: ${report.fix}` });
  }
}
