import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import { ClusterModule } from './cluster/cluster.module.js';
import { Instance } from './cluster/instance.js';
import { SettingsWarnings, type TracingSettings } from './config/settings.js';
import { SettingsInForce } from './config/settings-in-force.js';
import { Database } from './database/database.js';
import { PostgresDatabase } from './database/postgres-database.js';
import { SqliteDatabase } from './database/sqlite-database.js';
import { StoreClock } from './database/store-clock.js';
import { StoreTime } from './database/store-time.js';
import { AgentVariables } from './agents/outside/agent-variables.js';
import { ApiModule } from './api/api.module.js';
import { DoctorModule } from './doctor/doctor.module.js';
import { Outside } from './doctor/outside.js';
import { OperationsModule } from './operations/operations.module.js';
import { Clock, SystemClock } from './shared/clock.js';
import { Draining } from './shared/draining.js';
import { Log, PinoLog } from './shared/logger.js';
import { AlertMetrics } from './shared/metrics/alert-metrics.js';
import { LoopWatch } from './shared/loop-watch.js';
import { AesSealer, type SealingKeys } from './shared/sealing/aes-sealer.js';
import { Sealer } from './shared/sealing/sealer.js';
import { credentialsKeyFile, sealingKeys } from './shared/sealing/sealing-keys.js';
import { UpgradeRoutes } from './shared/upgrade-routes.js';
import { TraceIds } from './shared/tracing/trace-ids.js';
import { NoTracer, Tracer } from './shared/tracing/tracer.js';
import { mustBeAlone } from './must-be-alone.js';
import { SECTIONS, type Settings } from './parse-settings.js';
import type { CarrierKind } from './providers/carrier-kind.js';
import { CARRIER_KINDS, ProvidersModule } from './providers/providers.module.js';
import { TwilioSettings } from './providers/twilio/twilio.settings.js';
import { TelephonyModule } from './telephony/telephony.module.js';

/** Every section of settings, to be injected by its class. */
export function settingsProviders(settings: Settings): Provider[] {
  // For Twilio the account is injected, not the variables that it is made of.
  const tokens = { ...SECTIONS, twilio: TwilioSettings };
  const keys = Object.keys(tokens) as Array<keyof typeof tokens>;
  return [
    ...keys.map((key) => ({ provide: tokens[key], useValue: settings[key] })),
    { provide: AgentVariables, useValue: settings.agentVariables },
    { provide: SettingsWarnings, useValue: new SettingsWarnings(settings.warnings) },
    { provide: SettingsInForce, useValue: new SettingsInForce(settings.inForce) },
  ];
}

/** The parts of the service's environment that can be replaced. */
export interface Surroundings {
  /** The destination of log lines, in place of standard output. */
  log?: DestinationStream;
  /** How the service reaches its own public address when it examines itself. */
  outside?: Outside;
}

/** Loads the tracing library only where traces are configured. */
async function tracerFor(
  { endpoint, headers, serviceName }: TracingSettings,
  instance: Instance,
  traceIds: TraceIds,
  log: Log,
): Promise<Tracer> {
  if (endpoint === null) return new NoTracer();
  const { OtlpTracer } = await import('./shared/tracing/otlp-tracer.js');
  return new OtlpTracer(
    { endpoint, headers, serviceName, instanceName: instance.name },
    traceIds,
    log,
  );
}

/** On SQLite the key is in a file while the settings have none. */
function keysOf({ credentials, store }: Settings, log: Log): SealingKeys | null {
  const file = store.databaseUrl === null ? credentialsKeyFile(store.dataDir) : null;
  const { key, previousKey } = credentials;
  return sealingKeys({ key, previousKey, file }, log);
}

/** What every room may inject: settings, clock, log, store, and the access to the outside. */
@Global()
@Module({})
class GroundModule {
  static with(settings: Settings, surroundings: Surroundings): DynamicModule {
    const instance = new Instance(settings.cluster.instanceName ?? undefined);
    const providers: Provider[] = [
      ...settingsProviders(settings),
      { provide: Instance, useValue: instance },
      Draining,
      UpgradeRoutes,
      LoopWatch,
      AlertMetrics,
      { provide: Outside, useValue: surroundings.outside ?? new Outside() },
      StoreClock,
      SystemClock,
      // A store in SQLite has this machine's clock.
      { provide: Clock, useClass: settings.store.databaseUrl === null ? SystemClock : StoreTime },
      TraceIds,
      {
        provide: Log,
        inject: [TraceIds],
        useFactory: (traceIds: TraceIds) =>
          new PinoLog(settings.http.logLevel, {
            instance: instance.name,
            destination: surroundings.log,
            traceIds,
          }),
      },
      {
        provide: Tracer,
        inject: [TraceIds, Log],
        useFactory: (traceIds: TraceIds, log: Log) =>
          tracerFor(settings.tracing, instance, traceIds, log),
      },
      {
        provide: Database,
        inject: [Log, CARRIER_KINDS],
        useFactory: async (log: Log, kinds: readonly CarrierKind[]): Promise<Database> => {
          const { databaseUrl, dataDir } = settings.store;
          const database = databaseUrl
            ? new PostgresDatabase(databaseUrl, {
                log,
                keys: keysOf(settings, log),
                alone: mustBeAlone(settings, kinds, instance),
              })
            : new SqliteDatabase(dataDir);
          // The store is opened before anything else is made; the calls module closes it, last.
          await database.open();
          return database;
        },
      },
      {
        provide: Sealer,
        // The store is opened first: on SQLite its lock keeps two starts from making two keys.
        inject: [Database, Log],
        useFactory: (_: Database, log: Log): Sealer => new AesSealer(keysOf(settings, log)),
      },
    ];
    return {
      module: GroundModule,
      imports: [ProvidersModule],
      providers,
      exports: providers.map((entry) => ('provide' in entry ? entry.provide : entry)),
    };
  }
}

/** The composition root: the one place that names every room. */
@Module({})
export class AppModule {
  static with(settings: Settings, surroundings: Surroundings = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        GroundModule.with(settings, surroundings),
        ClusterModule,
        TelephonyModule,
        ApiModule,
        DoctorModule,
        OperationsModule,
      ],
    };
  }
}
