import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { ConsoleCallsController } from './console/console-calls.controller.js';
import { ConsoleController } from './console/console.controller.js';
import { ConsoleFiles } from './console/console-files.js';
import { FailedSignIns } from './console/failed-sign-ins.js';
import { SessionController } from './console/session.controller.js';
import { SignInLink } from './console/sign-in-link.js';
import { SignInTickets } from './console/sign-in-tickets.js';
import { HealthController } from './health/health.controller.js';

/** What operators look at. */
@Module({
  imports: [CallsModule, ProvidersModule, TenantsModule, UrlsModule],
  // The console's page answers whatever is left over under its path, so it comes last.
  controllers: [HealthController, SessionController, ConsoleCallsController, ConsoleController],
  providers: [ConsoleFiles, FailedSignIns, SignInLink, SignInTickets],
})
export class OperationsModule {}
