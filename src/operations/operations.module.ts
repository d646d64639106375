import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { DiagnosticsController } from './doctor/diagnostics.controller.js';
import { Doctor } from './doctor/doctor.js';
import { DoctorServices } from './doctor/examination.js';
import { LoopWatch } from './doctor/loop-watch.js';
import { ProbeSockets } from './doctor/probe/probe-sockets.js';
import { Probes } from './doctor/probe/probes.js';
import { RepairNumbers } from './doctor/repair-numbers.js';
import { HealthController } from './health/health.controller.js';

/** What operators look at. */
@Module({
  imports: [CallsModule, ProvidersModule, TenantsModule, UrlsModule],
  controllers: [HealthController, DiagnosticsController],
  providers: [Probes, ProbeSockets, LoopWatch, DoctorServices, Doctor, RepairNumbers],
})
export class OperationsModule {}
