import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpSettings, SimulatedCarrierSettings, UrlSettings } from '../config/settings.js';
import { Clock } from '../shared/clock.js';
import { localOrigin, type Listening } from '../shared/local-origin.js';
import { Log } from '../shared/logger.js';
import { PublicOrigin } from './public-origin.js';
import { SimulatedPublicOrigin } from './simulated-public-origin.js';
import { StaticPublicOrigin } from './static-public-origin.js';
import { TunnelPublicOrigin } from './tunnel-public-origin.js';

function serverOf({ httpAdapter }: Partial<HttpAdapterHost>): Listening | null {
  return (httpAdapter?.getHttpServer() as Listening | undefined) ?? null;
}

/** Where the public address comes from with these settings. */
export function publicOriginOf(
  settings: { urls: UrlSettings; simulated: SimulatedCarrierSettings },
  around: { localOrigin: () => string; clock: Clock; log: Log },
): PublicOrigin {
  const { urls, simulated } = settings;
  if (urls.publicUrl !== null) return new StaticPublicOrigin(urls.publicUrl);
  const tunnel = new TunnelPublicOrigin({ metricsUrl: urls.tunnelMetricsUrl, ...around });
  return simulated.enabled ? new SimulatedPublicOrigin(tunnel) : tunnel;
}

/** The addresses at which the world reaches us. */
@Module({
  providers: [
    {
      provide: PublicOrigin,
      inject: [UrlSettings, SimulatedCarrierSettings, HttpSettings, HttpAdapterHost, Clock, Log],
      useFactory: (
        urls: UrlSettings,
        simulated: SimulatedCarrierSettings,
        http: HttpSettings,
        adapterHost: HttpAdapterHost,
        clock: Clock,
        log: Log,
      ): PublicOrigin => {
        // This is asked late, because with PORT=0 the port is known only once we listen.
        const ourOrigin = (): string => localOrigin(serverOf(adapterHost), http);
        return publicOriginOf({ urls, simulated }, { localOrigin: ourOrigin, log, clock });
      },
    },
  ],
  exports: [PublicOrigin],
})
export class UrlsModule {}
