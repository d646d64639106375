import { LOG_LEVELS } from '../shared/logger.js';
import { headerList } from './header-list.js';
import { base64Bytes, listenHost, matching, oneOf, path, secret, wholeNumber } from './kinds.js';
import { natsServers } from './nats-servers.js';
import { callingCodes } from './phone-kinds.js';
import { idleSettings, problem, section, type Look } from './section.js';
import { setting } from './setting.js';
import type { SettingsProblem } from './settings-error.js';
import type { SettingsWarning } from './unknown-variables.js';
import {
  bucketUrl,
  collectorUrl,
  hostList,
  metricsOrigin,
  postgresUrl,
  publicUrl,
  storeOrigin,
} from './url-kinds.js';

// The settings that belong to no carrier and no agent. One class for each section; the class is
// the injection token. A setting is declared here and nowhere else.

export class HttpSettings extends section('Where it listens', {
  port: setting('PORT', {
    kind: wholeNumber(0, 65_535),
    default: 8000,
    description: 'Port of the HTTP and WebSocket server; 0 takes any free port.',
  }),
  host: setting('HOST', {
    kind: listenHost,
    default: '0.0.0.0',
    description: 'Address it listens on.',
  }),
  operationsPort: setting('OPERATIONS_PORT', {
    kind: wholeNumber(0, 65_535),
    description:
      "A second port on the same HOST that serves metrics and health without a key, takes the order to drain with user 1's, and nothing else.",
    absent: 'none',
    example: '9000',
  }),
  drainTimeoutSeconds: setting('DRAIN_TIMEOUT_SECONDS', {
    kind: wholeNumber(0, 86_400),
    description:
      'How long live calls may go on after the order to stop, in seconds. Then they are handed over to another instance, or cut where there is none.',
    absent: '30 while another instance is ready, else 300',
    example: '60',
  }),
  apiRequestsPerMinute: setting('API_REQUESTS_PER_MINUTE', {
    kind: wholeNumber(1, 1_000_000),
    default: 6000,
    description: 'Requests per minute that one API key may make.',
  }),
  logLevel: setting('LOG_LEVEL', {
    kind: oneOf(LOG_LEVELS),
    default: 'info',
    description: 'The least severe level that is logged.',
  }),
}) {
  static override conflicts(look: Look): SettingsProblem[] {
    const { port, operationsPort } = look.of(HttpSettings);
    return operationsPort === port && port > 0
      ? [problem(HttpSettings.fields.operationsPort, 'must be another port than PORT')]
      : [];
  }
}

export class UrlSettings extends section('Where carriers reach it', {
  /** An https origin and an optional path prefix, no trailing slash, the host in the case it was given. */
  publicUrl: setting('PUBLIC_URL', {
    kind: publicUrl,
    description: 'Where carriers reach this service.',
    absent: 'a running cloudflared is asked',
    example: 'https://calls.example.com',
  }),
  /** An http or https origin. */
  tunnelMetricsUrl: setting('TUNNEL_METRICS_URL', {
    kind: metricsOrigin,
    description: "cloudflared's metrics address, asked for the public host name.",
    absent:
      'http://cloudflared:2000, then http://127.0.0.1:20241 to 20245, believed only for *.trycloudflare.com',
    example: 'http://127.0.0.1:2000',
  }),
}) {
  static override idle(look: Look): SettingsWarning[] {
    const { publicUrl: known } = look.of(UrlSettings);
    if (known === null) return [];
    return idleSettings(look, [UrlSettings.fields.tunnelMetricsUrl], 'while PUBLIC_URL is set');
  }
}

export class StoreSettings extends section('Store and access', {
  databaseUrl: setting('DATABASE_URL', {
    kind: postgresUrl,
    description: 'PostgreSQL.',
    absent: 'SQLite under DATA_DIR',
    example: 'postgres://patchbay:password@localhost:5432/patchbay',
  }),
  dataDir: setting('DATA_DIR', {
    kind: path,
    default: './data',
    description: 'Directory of the SQLite database, the generated API key and recordings.',
  }),
}) {}

export class AccessSettings extends section('Store and access', {
  apiKey: setting('API_KEY', {
    kind: secret(24),
    description:
      "User 1's API key; a new value replaces the old one at the next start. Required with DATABASE_URL. `openssl rand -hex 24` makes a good one.",
    absent: 'generated once into DATA_DIR/api-key',
  }),
}) {
  static override conflicts(look: Look): SettingsProblem[] {
    const { apiKey } = AccessSettings.fields;
    return look.has(StoreSettings.fields.databaseUrl) && !look.has(apiKey)
      ? [problem(apiKey, `must be set when DATABASE_URL is: ${apiKey.kind.expected}`)]
      : [];
  }
}

export class CredentialsSettings extends section('Store and access', {
  key: setting('CREDENTIALS_KEY', {
    kind: base64Bytes(32),
    description:
      'The key that encrypts what instances hand over to each other, and the secrets of carrier accounts. The same at every instance on a store; without it what was encrypted cannot be read again.',
    absent:
      'made once into DATA_DIR/credentials-key; with DATABASE_URL: none, nothing is handed over, and no carrier account can be stored',
  }),
  previousKey: setting('CREDENTIALS_KEY_PREVIOUS', {
    kind: base64Bytes(32),
    description: 'A second key that still opens what it has encrypted, while keys are changed.',
  }),
}) {
  static override conflicts(look: Look): SettingsProblem[] {
    const { key, previousKey } = CredentialsSettings.fields;
    return look.has(previousKey) && !look.has(key)
      ? [problem(key, `must be set when ${previousKey.name} is: ${key.kind.expected}`)]
      : [];
  }
}

export class ClusterSettings extends section('Several instances', {
  instanceName: setting('INSTANCE_NAME', {
    kind: matching(/^[\x21-\x7e]{1,100}$/, 'at most 100 printable characters without spaces'),
    description:
      'The name of this instance in calls, in the list of instances, in log lines and traces, and in the header X-Patchbay-Instance.',
    absent: 'the host name',
    example: 'api-1',
  }),
  databaseDirectUrl: setting('DATABASE_DIRECT_URL', {
    kind: postgresUrl,
    description:
      'PostgreSQL past a pooler such as pgbouncer, for the one connection by which instances hear of each other; in transaction mode a pooler passes nothing on.',
    absent: 'DATABASE_URL',
    example: 'postgres://patchbay:password@localhost:5432/patchbay',
  }),
  natsServers: setting('NATS_URL', {
    kind: natsServers,
    description:
      'A NATS server that carries what instances tell each other, in place of PostgreSQL; worth it above 16 instances. Several of one NATS cluster are tried in turn.',
    absent: 'none',
    example: 'nats://patchbay:password@localhost:4222',
  }),
  movePatienceSeconds: setting('MOVE_PATIENCE_SECONDS', {
    kind: wholeNumber(0, 600),
    default: 10,
    description:
      'How long a call that is handed over to another instance may wait for a pause in the conversation, in seconds.',
  }),
  movesPerSecond: setting('MOVES_PER_SECOND', {
    kind: wholeNumber(1, 1000),
    default: 20,
    description: 'Calls that are handed over in a second, by all instances together.',
  }),
}) {
  static override conflicts(look: Look): SettingsProblem[] {
    const { natsServers: nats } = ClusterSettings.fields;
    const { databaseUrl } = StoreSettings.fields;
    return look.has(nats) && !look.has(databaseUrl)
      ? [
          problem(
            nats,
            `must be left out without ${databaseUrl.name}: on SQLite there is one instance, which has nobody to tell`,
          ),
        ]
      : [];
  }

  static override idle(look: Look): SettingsWarning[] {
    const { databaseDirectUrl } = ClusterSettings.fields;
    const { databaseUrl } = StoreSettings.fields;
    if (look.has(databaseUrl)) return [];
    return idleSettings(look, [databaseDirectUrl], `without ${databaseUrl.name}`);
  }
}

export class SimulatedCarrierSettings extends section('Simulated carrier', {
  mode: setting('SIMULATED_CARRIER', {
    kind: oneOf(['auto', 'on', 'off']),
    default: 'auto',
    description:
      'Whether a simulated carrier is run for calls without a telephone network; auto runs it when the environment configures no carrier. Beside accounts of the store it dials only where it is named.',
  }),
}) {
  /** Whether the simulated carrier runs, from the mode and the other settings. */
  readonly enabled: boolean;

  /** @param configured whether a carrier is configured */
  constructor(values: Partial<Pick<SimulatedCarrierSettings, 'mode'>> = {}, configured = false) {
    super(values);
    this.enabled = this.mode === 'on' || (this.mode === 'auto' && !configured);
  }
}

export class LimitSettings extends section('Limits', {
  maxConcurrentCalls: setting('MAX_CONCURRENT_CALLS', {
    kind: wholeNumber(1, 100_000),
    default: 500,
    description: 'Calls this instance carries at a time.',
  }),
  maxConcurrentCallsPerUser: setting('MAX_CONCURRENT_CALLS_PER_USER', {
    kind: wholeNumber(1, 100_000),
    description: 'Calls one user may have at a time.',
    absent:
      'as many as there is room for while there is one user, else three quarters of MAX_CONCURRENT_CALLS',
    example: '50',
  }),
  /** Country calling codes without `+`. */
  allowedDestinations: setting('ALLOWED_DESTINATIONS', {
    kind: callingCodes,
    description: 'Countries that may be dialled. Emergency and premium numbers are never dialled.',
    absent: 'all',
    example: '1,44',
  }),
}) {}

export class StreamSettings extends section('Calls and streams', {
  tokenTtlSeconds: setting('STREAM_TOKEN_TTL_SECONDS', {
    kind: wholeNumber(1, 3600),
    default: 120,
    description: 'How long the token of a media stream may be redeemed, in seconds.',
  }),
  graceSeconds: setting('STREAM_GRACE_SECONDS', {
    kind: wholeNumber(1, 600),
    default: 20,
    description: 'How long a call whose media stream was lost may wait for a new one, in seconds.',
  }),
}) {}

export class VoiceSettings extends section('Calls and streams', {
  /** Of one core. */
  modelCpuPercent: setting('VOICE_MODEL_CPU_PERCENT', {
    kind: wholeNumber(0, 100),
    default: 10,
    description:
      'How much of one core the voice model may take, which decides whether a caller talks over an agent (workflows with barge_in). Beyond that, and with 0 always, a simpler test decides, which takes music and other tones for voices.',
  }),
}) {}

export class ReconcileSettings extends section('Calls and streams', {
  afterSeconds: setting('RECONCILE_AFTER_SECONDS', {
    kind: wholeNumber(1, 86_400),
    default: 60,
    description:
      'Silence (no event, no media) after which the carrier is asked what became of a call, in seconds.',
  }),
  intervalSeconds: setting('RECONCILE_INTERVAL_SECONDS', {
    kind: wholeNumber(1, 86_400),
    default: 30,
    description: 'How often silent calls are looked for, in seconds.',
  }),
}) {}

export class EventSettings extends section('Calls and streams', {
  /** The hosts, in lower case. */
  allowedHosts: setting('WEBHOOK_ALLOWED_HOSTS', {
    kind: hostList,
    default: [],
    description:
      'Hosts to which events may be delivered although they are private or speak plain http, such as a service next door; comma-separated names or addresses.',
    example: 'events.internal,10.0.0.7',
  }),
}) {}

export class RetentionSettings extends section('Calls and streams', {
  payloadDays: setting('PAYLOAD_RETENTION_DAYS', {
    kind: wholeNumber(1, 3_650),
    default: 30,
    description:
      "How long the carrier's raw fields of every event are kept, in days; the events themselves stay.",
  }),
  recordingDays: setting('RECORDING_RETENTION_DAYS', {
    kind: wholeNumber(1, 3_650),
    description: 'How long recordings are kept, in days.',
    absent: 'until their call is erased',
    example: '90',
  }),
  auditDays: setting('AUDIT_RETENTION_DAYS', {
    kind: wholeNumber(1, 3_650),
    description: 'How long the audit log keeps who changed what, in days.',
    absent: 'for good',
    example: '365',
  }),
}) {}

/** A server of the operator's choice, with OpenAI's interface. */
export class TranscriptionSettings extends section('Recordings', {
  url: setting('TRANSCRIPTION_URL', {
    kind: collectorUrl,
    description:
      'A server that turns recordings into text after their calls, which is asked at TRANSCRIPTION_URL/audio/transcriptions as OpenAI’s is; for calls whose agent tells no transcript. It gets the audio of both sides.',
    absent: 'recordings are not transcribed',
    example: 'https://api.openai.com/v1',
  }),
  apiKey: setting('TRANSCRIPTION_API_KEY', {
    kind: secret(1),
    description: 'The key of that server.',
    absent: 'none is sent',
  }),
  model: setting('TRANSCRIPTION_MODEL', {
    kind: matching(/^[\x21-\x7e]{1,200}$/, 'at most 200 printable characters without spaces'),
    default: 'whisper-1',
    description:
      'The model that it is asked for. Those that give times (verbose_json) are asked for parts of five minutes; others sentence by sentence.',
  }),
}) {
  /** Whether recordings are transcribed. */
  get isOn(): boolean {
    return this.url !== undefined;
  }

  static override idle(look: Look): SettingsWarning[] {
    const { url, apiKey, model } = TranscriptionSettings.fields;
    return look.has(url) ? [] : idleSettings(look, [apiKey, model], `without ${url.name}`);
  }
}

const region = matching(/^[a-z0-9-]{1,40}$/, 'a region, such as eu-central-1');

/** The bucket for recordings. What is named `AWS_…` is what every program of AWS reads. */
export class RecordingSettings extends section('Recordings', {
  bucket: setting('RECORDINGS_URL', {
    kind: bucketUrl,
    description:
      'The S3 bucket for recordings, with a prefix for the names in it. Required with several instances that record and share no folder.',
    absent: 'DATA_DIR/recordings',
    example: 's3://bucket/recordings',
  }),
  /** An http or https origin. */
  endpoint: setting('S3_ENDPOINT', {
    kind: storeOrigin,
    description: 'Where the bucket is, if it is not at Amazon; asked as S3_ENDPOINT/bucket/name.',
    absent: "Amazon's, of the region",
    example: 'https://minio.example.com:9000',
  }),
  region: setting('AWS_REGION', {
    kind: region,
    description: 'The region of the bucket.',
    absent: 'AWS_DEFAULT_REGION; with S3_ENDPOINT us-east-1',
    example: 'eu-central-1',
  }),
  defaultRegion: setting('AWS_DEFAULT_REGION', {
    kind: region,
    description: 'The region where AWS_REGION is absent.',
    absent: 'none',
  }),
  accessKeyId: setting('AWS_ACCESS_KEY_ID', {
    kind: secret(1),
    description:
      'The id of the key that may put, get and delete objects of the bucket. Required with RECORDINGS_URL.',
    absent: 'none',
  }),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY', {
    kind: secret(1),
    description: 'The secret of that key. Required with RECORDINGS_URL.',
    absent: 'none',
  }),
  sessionToken: setting('AWS_SESSION_TOKEN', {
    kind: secret(1),
    description: 'What belongs to a temporary key. It expires with it; a start reads a new one.',
    absent: 'none',
  }),
}) {
  static override conflicts(look: Look): SettingsProblem[] {
    const { bucket, endpoint, region: one, defaultRegion, ...rest } = RecordingSettings.fields;
    if (!look.has(bucket)) return [];
    const missing = [rest.accessKeyId, rest.secretAccessKey]
      .filter((key) => !look.has(key))
      .map((key) => problem(key, `must be set with ${bucket.name}: ${key.kind.expected}`));
    const needsRegion = ![endpoint, one, defaultRegion].some((each) => look.has(each));
    return needsRegion
      ? [
          ...missing,
          problem(
            one,
            `must be set with ${bucket.name}, unless ${endpoint.name} is: ${region.expected}`,
          ),
        ]
      : missing;
  }

  static override idle(look: Look): SettingsWarning[] {
    const { bucket, endpoint } = RecordingSettings.fields;
    return look.has(bucket) ? [] : idleSettings(look, [endpoint], `without ${bucket.name}`);
  }
}

export class TracingSettings extends section('Traces', {
  /** No trailing slash. */
  endpoint: setting('OTEL_EXPORTER_OTLP_ENDPOINT', {
    kind: collectorUrl,
    description: "Base URL of an OpenTelemetry collector's OTLP over HTTP; /v1/traces is added.",
    absent: 'nothing is traced, and no tracing code is loaded',
    example: 'http://127.0.0.1:4318',
  }),
  /** Headers that are sent with each export. */
  headers: setting('OTEL_EXPORTER_OTLP_HEADERS', {
    kind: headerList,
    default: {},
    description:
      'Headers that the collector wants, as name=value separated by commas, values percent-encoded.',
    example: 'x-team=voice',
  }),
  serviceName: setting('OTEL_SERVICE_NAME', {
    kind: matching(/^[\x20-\x7e]{1,100}$/, 'at most 100 printable characters'),
    default: 'patchbay',
    description: 'The name of this service in traces.',
  }),
}) {
  static override idle(look: Look): SettingsWarning[] {
    const { endpoint, headers } = TracingSettings.fields;
    return look.has(endpoint) ? [] : idleSettings(look, [headers], `without ${endpoint.name}`);
  }
}

/** Warnings to log at the start; they never prevent it. */
export class SettingsWarnings {
  constructor(readonly list: readonly SettingsWarning[]) {}
}
