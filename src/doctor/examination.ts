import { Injectable } from '@nestjs/common';
import { AgentRegistry } from '../agents/agent-registry.js';
import { AgentFailures } from '../calls/agent-failures.js';
import { Circuits } from '../calls/dialling/circuits.js';
import { EventDeliveries } from '../calls/events-out/event-deliveries.js';
import { Recordings } from '../calls/recordings/recordings.js';
import { Refusals } from '../calls/refusals.js';
import { SilentCalls } from '../calls/silent-calls.js';
import { Bus } from '../cluster/bus.js';
import { Cluster } from '../cluster/cluster.js';
import { LapsedInstances } from '../cluster/lapsed-instances.js';
import {
  LimitSettings,
  ReconcileSettings,
  SettingsWarnings,
  SimulatedCarrierSettings,
  StoreSettings,
  StreamSettings,
} from '../config/settings.js';
import { Database } from '../database/database.js';
import { StoredAccounts } from '../control/accounts/stored-accounts.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Clock } from '../shared/clock.js';
import { PhoneNumbers } from '../tenants/phone-numbers.js';
import type { PublicOriginReport } from '../urls/public-origin.js';
import { LoopWatch } from '../shared/loop-watch.js';
import { AlertBooks } from './alerts/alert-books.js';
import { AlertChannels } from './alerts/alert-channels.js';
import type { ClaimedNumber } from './number-urls.js';
import { Outside } from './outside.js';
import { Probes } from './probe/probes.js';
import type { Road } from './road.js';

/** What checks may look at that exists all the time. */
@Injectable()
export class DoctorServices {
  constructor(
    readonly outside: Outside,
    readonly probes: Probes,
    readonly loop: LoopWatch,
    readonly database: Database,
    readonly bus: Bus,
    readonly cluster: Cluster,
    readonly lapsed: LapsedInstances,
    readonly refusals: Refusals,
    readonly silentCalls: SilentCalls,
    readonly agents: AgentRegistry,
    readonly agentFailures: AgentFailures,
    readonly deliveries: EventDeliveries,
    readonly circuits: Circuits,
    readonly recordings: Recordings,
    readonly numbers: PhoneNumbers,
    readonly providers: ProviderRegistry,
    readonly stored: StoredAccounts,
    readonly clock: Clock,
    readonly store: StoreSettings,
    readonly streams: StreamSettings,
    readonly limits: LimitSettings,
    readonly reconcile: ReconcileSettings,
    readonly simulated: SimulatedCarrierSettings,
    readonly settingsWarnings: SettingsWarnings,
    readonly alertChannels: AlertChannels,
    readonly alertBooks: AlertBooks,
  ) {}
}

/** One account, as a check with `perAccount` looks at it. */
export interface ExaminedAccount {
  /** Null while none is configured. */
  provider: CarrierAccount | null;
  /** What the account's URLs have for it; null where they have nothing. */
  pathKey: string | null;
  /** The account's claimed numbers beside what the carrier has configured for them; asked once. Empty if the carrier cannot be asked. */
  claimedNumbers: () => Promise<ClaimedNumber[] | { failed: string }>;
}

/** One run of the doctor. The account in it is the first one where a check is not about each of them. */
export interface Examination extends DoctorServices, ExaminedAccount {
  /** The public address as it was when the run began. */
  origin: PublicOriginReport;
  /** The path from here through the public address back to here; shared by the checks that use it. */
  road: Road;
  /** Whether the store answers; asked once for all checks that need it. */
  storeIsUp: () => Promise<boolean>;
  /** Every account that takes new calls, in order. */
  accounts: ReadonlyArray<ExaminedAccount & { provider: CarrierAccount }>;
  /** What to set for a carrier, as a sentence. */
  howToConfigure: string;
  /** How long the idle socket is held, in seconds. */
  idleSeconds: number;
  /** Aborts when nobody waits for the result any more. */
  signal: AbortSignal;
  /** Reports how far a long check is, as a sentence. */
  progress: (check: string, note: string) => void;
}
