import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { ControlModule } from '../control/control.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { CarrierAccountsController } from './accounts/carrier-accounts.controller.js';
import { CarriersController } from './accounts/carriers.controller.js';
import { EditAccount } from './accounts/edit-account.js';
import { AgentsController } from './agents/agents.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { CallsController } from './calls/calls.controller.js';
import { DigitsController } from './calls/digits.controller.js';
import { EraseCall } from './calls/erase-call.js';
import { TransferOnRequest } from './calls/transfer-on-request.js';
import { ChooseAccounts } from './calls/choose-accounts.js';
import { ExportCalls } from './calls/export-calls.js';
import { PlaceCall } from './calls/place-call.js';
import { TranscriptController } from './calls/transcript.controller.js';
import { StreamCalls } from './calls/stream-calls.js';
import { EventEndpointsController } from './events/event-endpoints.controller.js';
import { SendTestEvent } from './events/send-test-event.js';
import { InstancesController } from './instances/instances.controller.js';
import { PhoneNumbersController } from './numbers/phone-numbers.controller.js';
import { SettingsController } from './settings/settings.controller.js';
import { SoundsController } from './sounds/sounds.controller.js';
import { UsersController } from './users/users.controller.js';
import { SaveWorkflow } from './workflows/save-workflow.js';
import { WorkflowVersionsController } from './workflows/workflow-versions.controller.js';
import { WorkflowsController } from './workflows/workflows.controller.js';

/**
 * The endpoints that our users call: placing and ending calls, and everything that is set up for
 * them.
 */
@Module({
  imports: [AgentsModule, CallsModule, ControlModule, ProvidersModule, TenantsModule, UrlsModule],
  controllers: [
    CallsController,
    DigitsController,
    TranscriptController,
    WorkflowsController,
    WorkflowVersionsController,
    AgentsController,
    CarriersController,
    CarrierAccountsController,
    PhoneNumbersController,
    UsersController,
    AuditController,
    InstancesController,
    SettingsController,
    SoundsController,
    EventEndpointsController,
  ],
  providers: [
    ChooseAccounts,
    EditAccount,
    EraseCall,
    TransferOnRequest,
    ExportCalls,
    PlaceCall,
    SaveWorkflow,
    SendTestEvent,
    StreamCalls,
  ],
})
export class ApiModule {}
