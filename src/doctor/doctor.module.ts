import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { ControlModule } from '../control/control.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { AlertBooks } from './alerts/alert-books.js';
import { AlertChannels } from './alerts/alert-channels.js';
import { AlertSender } from './alerts/alert-sender.js';
import { AlertWatch } from './alerts/alert-watch.js';
import { AlertsController } from './alerts/alerts.controller.js';
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
  imports: [AgentsModule, CallsModule, ControlModule, ProvidersModule, TenantsModule, UrlsModule],
  controllers: [DiagnosticsController, AlertsController],
  providers: [
    Probes,
    ProbeSockets,
    DoctorServices,
    Turns,
    Doctor,
    DoctorGuard,
    RepairNumbers,
    AlertChannels,
    AlertBooks,
    AlertSender,
    AlertWatch,
  ],
})
export class DoctorModule {}
