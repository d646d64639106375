import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { LiveSessions } from '../../calls/live-sessions.js';
import { SimulatedCarrierSettings } from '../../config/settings.js';
import { Database } from '../../database/database.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Draining } from '../../shared/draining.js';
import { PublicOrigin } from '../../urls/public-origin.js';

/** Open to everyone: says what is up, and of what is not, why. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly draining: Draining,
    private readonly origin: PublicOrigin,
    private readonly providers: ProviderRegistry,
    private readonly sessions: LiveSessions,
    private readonly simulated: SimulatedCarrierSettings,
  ) {}

  /** The process runs and answers. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live() {
    return { status: 'up' };
  }

  /** Store up and migrated, and not draining. Public address and carrier are told, but decide nothing. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response) {
    const store = await this.database.report();
    const ready = store.up && store.migrated && !this.draining.active;
    response.status(ready ? 200 : 503);
    const origin = this.origin.report();
    return {
      status: ready ? 'up' : 'down',
      store,
      draining: this.draining.active,
      open_streams: this.sessions.size,
      public_url: {
        source: origin.source,
        url: origin.origin,
        as_of: origin.asOf?.toISOString() ?? null,
        stale: origin.stale,
        last_error: origin.lastError,
        fix: origin.fix,
      },
      carriers: this.providers.all().map((provider) => ({
        name: provider.name,
        configured: provider.configured,
        simulated: this.simulated.enabled,
      })),
    };
  }
}
