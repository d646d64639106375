import { LOG_LEVELS } from '../shared/logger.js';
import { decimal, listenHost, matching, oneOf, path, secret, wholeNumber } from './kinds.js';
import type { Kind } from './kinds.js';
import { callingCodes, phoneNumbers } from './phone-kinds.js';
import { SIMULATED_CARRIER_MODES } from './settings.js';
import { headerList } from './header-list.js';
import {
  apiBaseUrl,
  collectorUrl,
  hostList,
  metricsOrigin,
  postgresUrl,
  publicUrl,
} from './url-kinds.js';

/** One environment variable of ours. */
export interface Variable<T> {
  /** What it may hold. */
  kind: Kind<NonNullable<T>>;
  /** What counts when it is absent or empty. */
  default: T;
  /** What it is for, and what happens when it is absent if the default does not say it. */
  description: string;
  /** A value for `.env.example`, shown where there is no default; never a usable secret. */
  example?: string;
  section: Section;
}

export const SECTIONS = [
  'Where it listens',
  'Where carriers reach it',
  'Store and access',
  'Twilio',
  'Simulated carrier',
  'Limits',
  'Calls and streams',
  'Agents',
  'Traces',
] as const;
export type Section = (typeof SECTIONS)[number];

/** Lets a default of null stand beside the kind's own type. */
function variable<T, const D extends T | null>(
  definition: Omit<Variable<T>, 'kind' | 'default'> & { kind: Kind<T>; default: D },
): Variable<T | Extract<D, null>> {
  return definition as Variable<T | Extract<D, null>>;
}

/**
 * Every variable the service reads, in the order of `.env.example`. Parsing,
 * the example file and the search for misspelt names all go by this list.
 */
export const VARIABLES = {
  PORT: variable({
    section: 'Where it listens',
    kind: wholeNumber(0, 65_535),
    default: 8000,
    description: 'Port of the HTTP and WebSocket server; 0 takes any free port.',
  }),
  HOST: variable({
    section: 'Where it listens',
    kind: listenHost,
    default: '0.0.0.0',
    description: 'Address it listens on.',
  }),
  OPERATIONS_PORT: variable({
    section: 'Where it listens',
    kind: wholeNumber(0, 65_535),
    default: null,
    description:
      'A second port on the same HOST that serves metrics and health without a key, and nothing else. Absent: none.',
    example: '9000',
  }),
  DRAIN_TIMEOUT_SECONDS: variable({
    section: 'Where it listens',
    kind: wholeNumber(0, 86_400),
    default: 300,
    description: 'How long live calls may go on after the order to stop, in seconds.',
  }),
  API_REQUESTS_PER_MINUTE: variable({
    section: 'Where it listens',
    kind: wholeNumber(1, 1_000_000),
    default: 6000,
    description: 'Requests per minute that one API key may make.',
  }),
  LOG_LEVEL: variable({
    section: 'Where it listens',
    kind: oneOf(LOG_LEVELS),
    default: 'info',
    description: 'The least severe level that is logged.',
  }),

  PUBLIC_URL: variable({
    section: 'Where carriers reach it',
    kind: publicUrl,
    default: null,
    description: 'Where carriers reach this service. Absent: a running cloudflared is asked.',
    example: 'https://calls.example.com',
  }),
  TUNNEL_METRICS_URL: variable({
    section: 'Where carriers reach it',
    kind: metricsOrigin,
    default: null,
    description:
      "cloudflared's metrics address, asked for the public host name. Absent: http://cloudflared:2000, then http://127.0.0.1:20241 to 20245, believed only for *.trycloudflare.com.",
    example: 'http://127.0.0.1:2000',
  }),

  DATABASE_URL: variable({
    section: 'Store and access',
    kind: postgresUrl,
    default: null,
    description: 'PostgreSQL. Absent: SQLite under DATA_DIR.',
    example: 'postgres://patchbay:password@localhost:5432/patchbay',
  }),
  DATA_DIR: variable({
    section: 'Store and access',
    kind: path,
    default: './data',
    description: 'Directory of the SQLite database, the generated API key and recordings.',
  }),
  API_KEY: variable({
    section: 'Store and access',
    kind: secret(24),
    default: null,
    description:
      "User 1's API key; a new value replaces the old one at the next start. Required with DATABASE_URL. Absent: generated once into DATA_DIR/api-key. `openssl rand -hex 24` makes a good one.",
  }),

  TWILIO_ACCOUNT_SID: variable({
    section: 'Twilio',
    kind: matching(/^AC[0-9a-f]{32}$/i, 'AC followed by 32 hexadecimal digits'),
    default: null,
    description:
      'The Twilio account; goes together with TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBERS. All three absent: the simulated carrier.',
  }),
  TWILIO_AUTH_TOKEN: variable({
    section: 'Twilio',
    kind: secret(1),
    default: null,
    description: "The account's auth token: it signs in to the API and verifies webhooks.",
  }),
  TWILIO_FROM_NUMBERS: variable({
    section: 'Twilio',
    kind: phoneNumbers,
    default: null,
    description: "The account's numbers; the first is the default caller.",
  }),
  TWILIO_AUTH_TOKEN_SECONDARY: variable({
    section: 'Twilio',
    kind: secret(1),
    default: null,
    description: 'A second auth token, accepted on webhooks beside the first while tokens rotate.',
  }),
  TWILIO_API_BASE_URL: variable({
    section: 'Twilio',
    kind: apiBaseUrl,
    default: null,
    description: "Another base for the Calls API. Absent: Twilio's own.",
    example: 'https://twilio.example.com',
  }),
  TWILIO_API_KEY_SID: variable({
    section: 'Twilio',
    kind: matching(/^SK[0-9a-f]{32}$/i, 'SK followed by 32 hexadecimal digits'),
    default: null,
    description:
      'An API key that signs in to the API in place of the auth token; goes together with TWILIO_API_KEY_SECRET. The auth token stays needed: it alone verifies webhooks.',
  }),
  TWILIO_API_KEY_SECRET: variable({
    section: 'Twilio',
    kind: secret(1),
    default: null,
    description: 'The secret of that API key.',
  }),
  TWILIO_REGION: variable({
    section: 'Twilio',
    kind: matching(/^[a-z]{2}[1-9]$/, 'a region of Twilio, such as ie1 or au1'),
    default: null,
    description:
      "Twilio's region that handles our requests, together with TWILIO_EDGE; credentials and numbers are its own. Absent: us1.",
    example: 'ie1',
  }),
  TWILIO_EDGE: variable({
    section: 'Twilio',
    kind: matching(/^[a-z]+(-[a-z]+)*$/, 'an edge location of Twilio, such as dublin or sydney'),
    default: null,
    description: "Twilio's edge location that our requests enter by. Absent: Twilio's choice.",
    example: 'dublin',
  }),
  TWILIO_CALLS_PER_SECOND: variable({
    section: 'Twilio',
    kind: decimal(0.1, 1000),
    default: 1,
    description: 'Dials per second that the account may make; more are queued.',
  }),

  SIMULATED_CARRIER: variable({
    section: 'Simulated carrier',
    kind: oneOf(SIMULATED_CARRIER_MODES),
    default: 'auto',
    description:
      'Whether a simulated carrier is run for calls without a telephone network; auto runs it when no carrier is configured.',
  }),

  MAX_CONCURRENT_CALLS: variable({
    section: 'Limits',
    kind: wholeNumber(1, 100_000),
    default: 500,
    description: 'Calls this instance carries at a time.',
  }),
  MAX_CONCURRENT_CALLS_PER_USER: variable({
    section: 'Limits',
    kind: wholeNumber(1, 100_000),
    default: null,
    description:
      'Calls one user may have at a time. Absent: as many as there is room for while there is one user, else three quarters of MAX_CONCURRENT_CALLS.',
    example: '50',
  }),
  ALLOWED_DESTINATIONS: variable({
    section: 'Limits',
    kind: callingCodes,
    default: null,
    description:
      'Countries that may be dialled. Absent: all. Emergency and premium numbers are never dialled.',
    example: '1,44',
  }),

  STREAM_TOKEN_TTL_SECONDS: variable({
    section: 'Calls and streams',
    kind: wholeNumber(1, 3600),
    default: 120,
    description: 'How long the token of a media stream may be redeemed, in seconds.',
  }),
  STREAM_GRACE_SECONDS: variable({
    section: 'Calls and streams',
    kind: wholeNumber(1, 600),
    default: 20,
    description: 'How long a call whose media stream was lost may wait for a new one, in seconds.',
  }),
  RECONCILE_AFTER_SECONDS: variable({
    section: 'Calls and streams',
    kind: wholeNumber(1, 86_400),
    default: 60,
    description:
      'Silence (no event, no media) after which the carrier is asked what became of a call, in seconds.',
  }),
  RECONCILE_INTERVAL_SECONDS: variable({
    section: 'Calls and streams',
    kind: wholeNumber(1, 86_400),
    default: 30,
    description: 'How often silent calls are looked for, in seconds.',
  }),
  WEBHOOK_ALLOWED_HOSTS: variable({
    section: 'Calls and streams',
    kind: hostList,
    default: null,
    description:
      'Hosts to which events may be delivered although they are private or speak plain http, such as a service next door; comma-separated names or addresses.',
    example: 'events.internal,10.0.0.7',
  }),
  PAYLOAD_RETENTION_DAYS: variable({
    section: 'Calls and streams',
    kind: wholeNumber(1, 3_650),
    default: 30,
    description:
      "How long the carrier's raw fields of every event are kept, in days; the events themselves stay.",
  }),
  RECORDING_RETENTION_DAYS: variable({
    section: 'Calls and streams',
    kind: wholeNumber(1, 3_650),
    default: null,
    description: 'How long recordings are kept, in days. Absent: until their call is erased.',
    example: '90',
  }),

  MEDIA_DIR: variable({
    section: 'Agents',
    kind: path,
    default: './media',
    description: 'Directory of sounds that agents may play, by name.',
  }),
  AGENT_ALLOWED_HOSTS: variable({
    section: 'Agents',
    kind: hostList,
    default: null,
    description:
      'Hosts of bots to which the agent `relay` may connect although they are private or speak plain ws, such as a bot next door; comma-separated names or addresses.',
    example: 'bot.internal,127.0.0.1',
  }),
  OPENAI_API_KEY: variable({
    section: 'Agents',
    kind: secret(1),
    default: null,
    description:
      'The key of the agent `openai-realtime`; sent to OPENAI_BASE_URL and nowhere else. Absent: that agent cannot be used.',
  }),
  OPENAI_BASE_URL: variable({
    section: 'Agents',
    kind: apiBaseUrl,
    default: 'https://api.openai.com/v1',
    description: 'Where the Realtime API is; http only to loopback.',
  }),

  OTEL_EXPORTER_OTLP_ENDPOINT: variable({
    section: 'Traces',
    kind: collectorUrl,
    default: null,
    description:
      "Base URL of an OpenTelemetry collector's OTLP over HTTP; /v1/traces is added. Absent: nothing is traced, and no tracing code is loaded.",
    example: 'http://127.0.0.1:4318',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: variable({
    section: 'Traces',
    kind: headerList,
    default: null,
    description:
      'Headers that the collector wants, as name=value separated by commas, values percent-encoded.',
    example: 'x-team=voice',
  }),
  OTEL_SERVICE_NAME: variable({
    section: 'Traces',
    kind: matching(/^[\x20-\x7e]{1,100}$/, 'at most 100 printable characters'),
    default: 'patchbay',
    description: 'The name of this service in traces.',
  }),
};

export type VariableName = keyof typeof VARIABLES;

/** The type each variable parses to. */
export type Values = {
  -readonly [Name in VariableName]: (typeof VARIABLES)[Name] extends Variable<infer T> ? T : never;
};

export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[];

/** Read by `docker-compose.yml`, not by the service; listed in `.env.example` all the same. */
export const COMPOSE_VARIABLES: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD:
    "Password of Compose's own PostgreSQL; required there. It is set when the database is first created, and a new value here does not change it.",
};
