import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import {
  AccessSettings,
  AgentSettings,
  EventSettings,
  HttpSettings,
  LimitSettings,
  ReconcileSettings,
  RetentionSettings,
  SettingsWarnings,
  SimulatedCarrierSettings,
  StoreSettings,
  StreamSettings,
  TwilioSettings,
  UrlSettings,
  type Settings,
} from './config/settings.js';
import { Database } from './database/database.js';
import { PostgresDatabase } from './database/postgres-database.js';
import { SqliteDatabase } from './database/sqlite-database.js';
import { DialingModule } from './dialing/dialing.module.js';
import { Outside } from './operations/doctor/outside.js';
import { OperationsModule } from './operations/operations.module.js';
import { Clock, SystemClock } from './shared/clock.js';
import { Draining } from './shared/draining.js';
import { Log, PinoLog } from './shared/logger.js';
import { UpgradeRoutes } from './shared/upgrade-routes.js';
import { TelephonyModule } from './telephony/telephony.module.js';

function settingsProviders(settings: Settings): Provider[] {
  return [
    { provide: HttpSettings, useValue: settings.http },
    { provide: UrlSettings, useValue: settings.urls },
    { provide: StoreSettings, useValue: settings.store },
    { provide: AccessSettings, useValue: settings.access },
    { provide: TwilioSettings, useValue: settings.twilio },
    { provide: SimulatedCarrierSettings, useValue: settings.simulatedCarrier },
    { provide: LimitSettings, useValue: settings.limits },
    { provide: StreamSettings, useValue: settings.streams },
    { provide: EventSettings, useValue: settings.events },
    { provide: AgentSettings, useValue: settings.agents },
    { provide: RetentionSettings, useValue: settings.retention },
    { provide: ReconcileSettings, useValue: settings.reconcile },
    { provide: SettingsWarnings, useValue: new SettingsWarnings(settings.warnings) },
  ];
}

/** What every room may ask for: settings, clock, log, store, and the world outside. */
@Global()
@Module({})
class GroundModule {
  static with(settings: Settings, outside: Outside): DynamicModule {
    const providers: Provider[] = [
      ...settingsProviders(settings),
      Draining,
      UpgradeRoutes,
      { provide: Outside, useValue: outside },
      { provide: Clock, useClass: SystemClock },
      { provide: Log, useFactory: () => new PinoLog(settings.http.logLevel) },
      {
        provide: Database,
        useFactory: async (): Promise<Database> => {
          const { databaseUrl, dataDir } = settings.store;
          const database = databaseUrl
            ? new PostgresDatabase(databaseUrl)
            : new SqliteDatabase(dataDir);
          // Open before anything else is made; closed by the calls module, last.
          await database.open();
          return database;
        },
      },
    ];
    return {
      module: GroundModule,
      providers,
      exports: providers.map((entry) => ('provide' in entry ? entry.provide : entry)),
    };
  }
}

/** The composition root: the one place that names every room. */
@Module({})
export class AppModule {
  /** @param outside how the service reaches its own public address when it examines itself */
  static with(settings: Settings, outside: Outside = new Outside()): DynamicModule {
    return {
      module: AppModule,
      imports: [
        GroundModule.with(settings, outside),
        TelephonyModule,
        DialingModule,
        OperationsModule,
      ],
    };
  }
}
