import type { LogLevel } from '../shared/logger.js';
import type { SettingsWarning } from './unknown-variables.js';

// One class per section; the class is the injection token. Durations are
// seconds, absent settings are null. Meanings and defaults: `variables.ts`.

export class HttpSettings {
  constructor(
    /** 0 takes any free port. */
    readonly port: number,
    readonly host: string,
    /** A second listener for metrics and health without a key; null for none, 0 for any free port. */
    readonly operationsPort: number | null,
    /** How long live calls may go on after the order to stop. */
    readonly drainTimeoutSeconds: number,
    /** Per API key. */
    readonly apiRequestsPerMinute: number,
    readonly logLevel: LogLevel,
  ) {}
}

export class UrlSettings {
  constructor(
    /** https origin and optional path prefix, no trailing slash, host in the case it was given; null: ask the tunnel. */
    readonly publicUrl: string | null,
    /** http(s) origin of cloudflared's metrics; null: try the usual addresses. */
    readonly tunnelMetricsUrl: string | null,
  ) {}
}

export class StoreSettings {
  constructor(
    /** PostgreSQL, with its password: a secret. Null: SQLite under `dataDir`. */
    readonly databaseUrl: string | null,
    readonly dataDir: string,
  ) {}
}

export class AccessSettings {
  constructor(
    /** User 1's key: a secret. Null: generated once into `dataDir`. */
    readonly apiKey: string | null,
  ) {}
}

export class TwilioSettings {
  constructor(
    readonly accountSid: string,
    /** A secret. */
    readonly authToken: string,
    /** A secret; accepted beside the first while tokens rotate. */
    readonly authTokenSecondary: string | null,
    /** E.164, at least one; the first is the default caller. */
    readonly fromNumbers: readonly string[],
    /** No trailing slash; null: Twilio's own. */
    readonly apiBaseUrl: string | null,
    /** Dials per second; a fraction means less than one. */
    readonly callsPerSecond: number,
    /** Signs in to the REST API in place of the auth token; its secret is one. Null: none. */
    readonly apiKey: { readonly sid: string; readonly secret: string } | null = null,
  ) {}
}

export const SIMULATED_CARRIER_MODES = ['auto', 'on', 'off'] as const;
export type SimulatedCarrierMode = (typeof SIMULATED_CARRIER_MODES)[number];

export class SimulatedCarrierSettings {
  constructor(
    readonly mode: SimulatedCarrierMode,
    /** The mode weighed against the rest: `auto` means whenever no carrier is configured. */
    readonly enabled: boolean,
  ) {}
}

export class LimitSettings {
  constructor(
    /** This instance's. */
    readonly maxConcurrentCalls: number,
    /** Null: none while there is one user, else three quarters of all. */
    readonly maxConcurrentCallsPerUser: number | null,
    /** Country calling codes without `+`; null: everywhere. */
    readonly allowedDestinations: readonly string[] | null,
  ) {}
}

export class StreamSettings {
  constructor(
    readonly tokenTtlSeconds: number,
    readonly graceSeconds: number,
  ) {}
}

export class EventSettings {
  constructor(
    /** Hosts in lower case, to which events may be delivered although they are private or speak plain http. */
    readonly allowedHosts: readonly string[],
  ) {}
}

export class AgentSettings {
  constructor(
    /** Sounds that agents may play, by name. */
    readonly mediaDir: string,
    /** Hosts in lower case, to which `relay` may connect although they are private or speak plain ws. */
    readonly allowedHosts: readonly string[],
    /** A secret; goes to `openAiBaseUrl` and nowhere else. Null: `openai-realtime` cannot be used. */
    readonly openAiApiKey: string | null,
    /** No trailing slash. */
    readonly openAiBaseUrl: string,
  ) {}
}

export class RetentionSettings {
  constructor(
    /** Of the carrier's raw fields. */
    readonly payloadDays: number,
    /** Null: until they are erased. */
    readonly recordingDays: number | null,
  ) {}
}

export class ReconcileSettings {
  constructor(
    readonly afterSeconds: number,
    readonly intervalSeconds: number,
  ) {}
}

export class SettingsWarnings {
  constructor(readonly list: readonly SettingsWarning[]) {}
}

export class TracingSettings {
  constructor(
    /** Base URL of a collector's OTLP/HTTP, no trailing slash; null: nothing is traced. */
    readonly endpoint: string | null,
    /** Sent with each export: secrets. */
    readonly headers: Readonly<Record<string, string>>,
    readonly serviceName: string,
  ) {}
}

/** Everything that was configured, parsed once at the start. */
export interface Settings {
  http: HttpSettings;
  urls: UrlSettings;
  store: StoreSettings;
  access: AccessSettings;
  /** Null while no Twilio account is configured. */
  twilio: TwilioSettings | null;
  simulatedCarrier: SimulatedCarrierSettings;
  limits: LimitSettings;
  streams: StreamSettings;
  reconcile: ReconcileSettings;
  retention: RetentionSettings;
  events: EventSettings;
  agents: AgentSettings;
  tracing: TracingSettings;
  /** To be logged at the start; never a reason not to start. */
  warnings: readonly SettingsWarning[];
}
