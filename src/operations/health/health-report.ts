import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { CarriersIndicator } from './carriers.indicator.js';
import { ClockIndicator } from './clock.indicator.js';
import { DrainingIndicator } from './draining.indicator.js';
import { FenceIndicator } from './fence.indicator.js';
import { PublicUrlIndicator } from './public-url.indicator.js';
import { StoreIndicator } from './store.indicator.js';

/** The result of each indicator, by its name. */
type Details = Awaited<ReturnType<HealthReport['ask']>>['details'];

/** Runs every indicator and reports the result in our words. */
@Injectable()
export class HealthReport {
  constructor(
    private readonly health: HealthCheckService,
    private readonly store: StoreIndicator,
    private readonly draining: DrainingIndicator,
    private readonly fence: FenceIndicator,
    private readonly clock: ClockIndicator,
    private readonly publicUrl: PublicUrlIndicator,
    private readonly carriers: CarriersIndicator,
  ) {}

  /** Says that the process runs and answers. */
  live() {
    return { status: 'up' as const };
  }

  /**
   * Ready means that the store is up and migrated, that the other instances know of this one, that
   * it is not draining, and that its clock is not far off beside another instance whose clock is right.
   * `reasons` say why it is not ready; `warnings` say what is impaired besides. Never throws.
   */
  async ready() {
    const { ready, details } = await this.check();
    const { origin, source, asOf, stale, lastError, fix } = details.public_url.report;
    return {
      status: ready ? ('up' as const) : ('down' as const),
      reasons: tell(details, 'down'),
      warnings: tell(details, 'degraded'),
      store: details.store.report,
      draining: details.draining.report.draining,
      open_streams: details.draining.report.openStreams,
      public_url: {
        source,
        url: origin,
        as_of: asOf?.toISOString() ?? null,
        stale,
        last_error: lastError,
        fix,
      },
      carriers: details.carriers.report,
    };
  }

  private async check(): Promise<{ ready: boolean; details: Details }> {
    try {
      const { details } = await this.ask();
      return { ready: true, details };
    } catch (error) {
      // Terminus throws an unhealthy result; the error contains the same values.
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { details } = error.getResponse() as { details: Details };
      return { ready: false, details };
    }
  }

  private ask() {
    return this.health.check([
      () => this.store.check(),
      () => this.draining.check(),
      () => this.fence.check(),
      () => this.clock.check(),
      () => this.publicUrl.check(),
      () => this.carriers.check(),
    ]);
  }
}

function tell(details: Details, level: 'down' | 'degraded'): string[] {
  return Object.entries(details)
    .filter(([, { status }]) => status === level)
    .map(([name, { reason }]) => `${name}: ${reason ?? level}`);
}
