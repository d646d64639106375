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
        if (urls.publicUrl !== null) return new StaticPublicOrigin(urls.publicUrl);
        const tunnel = new TunnelPublicOrigin({
          metricsUrl: urls.tunnelMetricsUrl,
          // This is asked late, because with PORT=0 the port is known only once we listen.
          localOrigin: () => localOrigin(serverOf(adapterHost), http),
          log,
          clock,
        });
        return simulated.enabled ? new SimulatedPublicOrigin(tunnel) : tunnel;
      },
    },
  ],
  exports: [PublicOrigin],
})
export class UrlsModule {}
