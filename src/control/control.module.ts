import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { StoredAccounts } from './accounts/stored-accounts.js';
import { TestAccount } from './accounts/test-account.js';
import { CallControl } from './call-control.js';
import { DialAttempts } from './dial-attempts.js';
import { DialFailover } from './dial-failover.js';
import { DialOutcomes } from './dial-outcomes.js';
import { DialRoutes } from './dial-routes.js';
import { Destinations } from './destinations.js';
import { Dialler } from './dialler.js';
import { HangUpCall } from './hang-up-call.js';
import { LostDials } from './lost-dials.js';
import { Reconciler } from './reconciler.js';
import { SyncedFeeds } from './synced-feeds.js';
import { TransferCall } from './transfer-call.js';
import { UnlistedCalls } from './unlisted-calls.js';

/** What we request from carriers: to dial, to hang up, and to report what became of a call. */
@Module({
  imports: [CallsModule, ProvidersModule, TenantsModule, UrlsModule],
  providers: [
    CallControl,
    DialAttempts,
    DialFailover,
    DialOutcomes,
    DialRoutes,
    Destinations,
    Dialler,
    HangUpCall,
    LostDials,
    Reconciler,
    StoredAccounts,
    SyncedFeeds,
    TestAccount,
    TransferCall,
    UnlistedCalls,
  ],
  exports: [
    CallControl,
    Destinations,
    DialRoutes,
    Dialler,
    HangUpCall,
    StoredAccounts,
    SyncedFeeds,
    TestAccount,
    TransferCall,
    UnlistedCalls,
  ],
})
export class ControlModule {}
