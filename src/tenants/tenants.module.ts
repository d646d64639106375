import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { AdminGuard, ApiKeyGuard } from './api-key.guard.js';
import { ApiKeys } from './api-keys.js';
import { AuditLog } from './audit-log.js';
import { CarrierAccounts } from './carrier-accounts.js';
import { ConsoleSessions } from './console-sessions.js';
import { Credentials } from './credentials.js';
import { FirstStart } from './first-start.js';
import { PhoneNumbers } from './phone-numbers.js';
import { RequestRate } from './request-rate.js';
import { SettingsKey } from './settings-key.js';
import { SettingsKeys } from './settings-keys.js';
import { UserSounds } from './user-sounds.js';
import { Users } from './users.js';
import { WorkflowVersions } from './workflow-versions.js';
import { Workflows } from './workflows.js';

/** The users of the service, and what belongs to each. */
@Module({
  imports: [CallsModule],
  providers: [
    ApiKeys,
    Users,
    UserSounds,
    WorkflowVersions,
    Workflows,
    PhoneNumbers,
    CarrierAccounts,
    RequestRate,
    AuditLog,
    ConsoleSessions,
    Credentials,
    ApiKeyGuard,
    AdminGuard,
    SettingsKey,
    SettingsKeys,
    FirstStart,
  ],
  exports: [
    AuditLog,
    ApiKeys,
    ConsoleSessions,
    Credentials,
    FirstStart,
    SettingsKey,
    Users,
    UserSounds,
    WorkflowVersions,
    Workflows,
    PhoneNumbers,
    CarrierAccounts,
    RequestRate,
    ApiKeyGuard,
    AdminGuard,
  ],
})
export class TenantsModule {}
