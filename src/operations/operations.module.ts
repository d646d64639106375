import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CallsModule } from '../calls/calls.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { CarriersIndicator } from './health/carriers.indicator.js';
import { ClockIndicator } from './health/clock.indicator.js';
import { DrainingIndicator } from './health/draining.indicator.js';
import { HealthReport } from './health/health-report.js';
import { ConsoleCallsController } from './console/console-calls.controller.js';
import { ConsoleController } from './console/console.controller.js';
import { ConsoleFiles } from './console/console-files.js';
import { FailedSignIns } from './console/failed-sign-ins.js';
import { RootController } from './console/root.controller.js';
import { SessionController } from './console/session.controller.js';
import { SignInLink } from './console/sign-in-link.js';
import { SignInTickets } from './console/sign-in-tickets.js';
import { DocsModule } from './docs/docs.module.js';
import { HealthController } from './health/health.controller.js';
import { FenceIndicator } from './health/fence.indicator.js';
import { PublicUrlIndicator } from './health/public-url.indicator.js';
import { StoreIndicator } from './health/store.indicator.js';
import { BrowserPhones } from './phone/browser-phones.js';
import { PhoneController } from './phone/phone.controller.js';
import { MetricsPage } from './metrics/metrics-page.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { CellGauges } from './metrics/cell-gauges.js';
import { InstanceGauges } from './metrics/instance-gauges.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { OperationsListener } from './operations-listener.js';

/** The pages and endpoints for operators. */
@Module({
  imports: [
    CallsModule,
    ProvidersModule,
    TenantsModule,
    UrlsModule,
    DocsModule,
    // The reasons are in the reply, so they are not logged at every probe.
    TerminusModule.forRoot({ logger: false }),
  ],
  controllers: [
    HealthController,
    MetricsController,
    SessionController,
    ConsoleCallsController,
    PhoneController,
    RootController,
    // The console's page answers everything else below its path, so it comes last.
    ConsoleController,
  ],
  providers: [
    StoreIndicator,
    DrainingIndicator,
    FenceIndicator,
    ClockIndicator,
    PublicUrlIndicator,
    CarriersIndicator,
    HealthReport,
    CellGauges,
    InstanceGauges,
    ProcessMetrics,
    MetricsPage,
    OperationsListener,
    ConsoleFiles,
    FailedSignIns,
    SignInLink,
    SignInTickets,
    BrowserPhones,
  ],
})
export class OperationsModule {}
