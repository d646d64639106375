import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { ControlModule } from '../control/control.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { DiagnosticsController } from './diagnostics.controller.js';
import { Doctor } from './doctor.js';
import { DoctorGuard } from './doctor.guard.js';
import { DoctorServices } from './examination.js';
import { ProbeSockets } from './probe/probe-sockets.js';
import { Probes } from './probe/probes.js';
import { RepairNumbers } from './repair-numbers.js';
import { Turns } from './turns.js';

/** The doctor, for people who ask what is wrong. */
@Module({
  imports: [CallsModule, ControlModule, ProvidersModule, TenantsModule, UrlsModule],
  controllers: [DiagnosticsController],
  providers: [Probes, ProbeSockets, DoctorServices, Turns, Doctor, DoctorGuard, RepairNumbers],
})
export class DoctorModule {}
