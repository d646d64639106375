import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CallsModule } from '../calls/calls.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { CarriersIndicator } from './health/carriers.indicator.js';
import { DrainingIndicator } from './health/draining.indicator.js';
import { HealthReport } from './health/health-report.js';
import { HealthController } from './health/health.controller.js';
import { PublicUrlIndicator } from './health/public-url.indicator.js';
import { StoreIndicator } from './health/store.indicator.js';

/** What operators look at. */
@Module({
  imports: [
    CallsModule,
    ProvidersModule,
    UrlsModule,
    // Whoever asks reads the reasons in the answer; they are not logged at every probe.
    TerminusModule.forRoot({ logger: false }),
  ],
  controllers: [HealthController],
  providers: [
    StoreIndicator,
    DrainingIndicator,
    PublicUrlIndicator,
    CarriersIndicator,
    HealthReport,
  ],
})
export class OperationsModule {}
