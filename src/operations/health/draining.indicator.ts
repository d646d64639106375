import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { Draining } from '../../shared/draining.js';

/** Down while the process finishes its calls before it stops, so that new calls go to another instance. */
@Injectable()
export class DrainingIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly draining: Draining,
    private readonly sessions: LiveSessions,
  ) {}

  check() {
    const indicator = this.health.check('draining');
    const report = { draining: this.draining.active, openStreams: this.sessions.size };
    if (!report.draining) return indicator.up({ report, reason: null });
    return indicator.down({
      report,
      reason: `this instance is stopping; open streams: ${report.openStreams}`,
    });
  }
}
