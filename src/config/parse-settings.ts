import { whyUnreachable } from './host-name.js';
import { SettingsError } from './settings-error.js';
import type { SettingsProblem } from './settings-error.js';
import {
  AccessSettings,
  AgentSettings,
  EventSettings,
  HttpSettings,
  LimitSettings,
  ReconcileSettings,
  RetentionSettings,
  SimulatedCarrierSettings,
  StoreSettings,
  StreamSettings,
  TracingSettings,
  TwilioSettings,
  UrlSettings,
} from './settings.js';
import type { Settings } from './settings.js';
import { isLoopback } from './url-kinds.js';
import { findUnknownVariables } from './unknown-variables.js';
import type { SettingsWarning } from './unknown-variables.js';
import { COMPOSE_VARIABLES, VARIABLE_NAMES, VARIABLES } from './variables.js';
import type { Values, Variable, VariableName } from './variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads all settings from a record of environment variables. Pure. Spaces
 * around a value are dropped; an empty value counts as absent.
 *
 * @throws SettingsError naming every variable that cannot be used.
 */
export function parseSettings(env: Environment): Settings {
  const { values, problems } = readValues(env);
  problems.push(...findConflicts(env, values));
  if (problems.length > 0) throw new SettingsError(problems);
  return buildSettings(values, findWarnings(env, values));
}

const textOf = (env: Environment, name: VariableName): string => (env[name] ?? '').trim();

function readValues(env: Environment): { values: Values; problems: SettingsProblem[] } {
  const problems: SettingsProblem[] = [];
  const values: Partial<Record<VariableName, unknown>> = {};
  for (const variable of VARIABLE_NAMES) {
    const { kind, default: absent }: Variable<unknown> = VARIABLES[variable];
    const text = textOf(env, variable);
    values[variable] = absent;
    if (text === '') continue;
    const parsed = kind.parse(text);
    if (parsed.ok) values[variable] = parsed.value;
    else {
      const why = parsed.why === undefined ? '' : ` (${parsed.why})`;
      problems.push({ variable, expected: `must be ${kind.expected}${why}` });
    }
  }
  return { values: values as Values, problems };
}

const TWILIO_ACCOUNT = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM_NUMBERS'] as const;
const TWILIO_API_KEY = ['TWILIO_API_KEY_SID', 'TWILIO_API_KEY_SECRET'] as const;
const TWILIO_EXTRAS = [
  'TWILIO_AUTH_TOKEN_SECONDARY',
  'TWILIO_API_BASE_URL',
  ...TWILIO_API_KEY,
  'TWILIO_REGION',
  'TWILIO_EDGE',
] as const;
const DEFAULT_REGION = 'us1';

/** What each variable allows by itself but not beside the others. Goes by presence, so that one mistake is told once. */
function findConflicts(env: Environment, values: Values): SettingsProblem[] {
  const has = (name: VariableName): boolean => textOf(env, name) !== '';
  const problems: SettingsProblem[] = [];

  if (has('DATABASE_URL') && !has('API_KEY'))
    problems.push({
      variable: 'API_KEY',
      expected: `must be set when DATABASE_URL is: ${VARIABLES.API_KEY.kind.expected}`,
    });

  for (const group of [TWILIO_ACCOUNT, TWILIO_API_KEY]) {
    const missing = group.filter((name) => !has(name));
    if (missing.length < group.length)
      problems.push(
        ...missing.map((name) => ({
          variable: name,
          expected: `must be set too, or none of ${group.join(', ')}: ${VARIABLES[name].kind.expected}`,
        })),
      );
  }

  if (![null, DEFAULT_REGION].includes(values.TWILIO_REGION) && !has('TWILIO_EDGE'))
    problems.push({
      variable: 'TWILIO_EDGE',
      expected: `must be set with TWILIO_REGION, or Twilio handles our requests in ${DEFAULT_REGION}: ${VARIABLES.TWILIO_EDGE.kind.expected}`,
    });
  if (has('TWILIO_API_BASE_URL') && (has('TWILIO_REGION') || has('TWILIO_EDGE')))
    problems.push({
      variable: 'TWILIO_API_BASE_URL',
      expected:
        'must not be set beside TWILIO_REGION and TWILIO_EDGE, which make a base of their own',
    });

  if (values.SIMULATED_CARRIER === 'on' && TWILIO_ACCOUNT.some(has))
    problems.push({
      variable: 'SIMULATED_CARRIER',
      expected:
        'must be auto or off while TWILIO_ACCOUNT_SID is set: the simulated carrier takes the place of the Twilio account',
    });

  const unreachable = values.PUBLIC_URL && whyUnreachable(new URL(values.PUBLIC_URL).hostname);
  const carrierIsHere =
    values.TWILIO_API_BASE_URL === null
      ? values.SIMULATED_CARRIER !== 'off' && !TWILIO_ACCOUNT.some(has)
      : isLoopback(new URL(values.TWILIO_API_BASE_URL).hostname);
  if (unreachable && !carrierIsHere)
    problems.push({
      variable: 'PUBLIC_URL',
      expected: `must be an address that carriers can reach (${unreachable}): the public name of a proxy or tunnel in front, such as https://calls.example.com; or leave it out and start a tunnel, whose name is found by itself`,
    });

  if (values.OPERATIONS_PORT !== null && values.OPERATIONS_PORT === values.PORT && values.PORT > 0)
    problems.push({ variable: 'OPERATIONS_PORT', expected: 'must be another port than PORT' });

  return problems;
}

function findWarnings(env: Environment, values: Values): SettingsWarning[] {
  const set = Object.keys(env).filter((name) => (env[name] ?? '').trim() !== '');
  const known = [...VARIABLE_NAMES, ...Object.keys(COMPOSE_VARIABLES)];
  const unknown = findUnknownVariables(set, known);
  return [...unknown, ...idleVariables(values)];
}

/** Set, and of no use beside the rest. */
function idleVariables(values: Values): SettingsWarning[] {
  const found: SettingsWarning[] = [];
  const idle = (variable: VariableName, why: string): void => {
    if (values[variable] === null) return;
    found.push({ variable, message: `${variable} has no effect ${why}.` });
  };
  if (values.TWILIO_ACCOUNT_SID === null) {
    for (const name of TWILIO_EXTRAS) idle(name, 'without TWILIO_ACCOUNT_SID');
  }
  if (values.PUBLIC_URL !== null) idle('TUNNEL_METRICS_URL', 'while PUBLIC_URL is set');
  if (values.OTEL_EXPORTER_OTLP_ENDPOINT === null) {
    idle('OTEL_EXPORTER_OTLP_HEADERS', 'without OTEL_EXPORTER_OTLP_ENDPOINT');
  }
  return found;
}

function buildSettings(values: Values, warnings: readonly SettingsWarning[]): Settings {
  const twilio = buildTwilio(values);
  const mode = values.SIMULATED_CARRIER;
  return {
    http: new HttpSettings(
      values.PORT,
      values.HOST,
      values.OPERATIONS_PORT,
      values.DRAIN_TIMEOUT_SECONDS,
      values.API_REQUESTS_PER_MINUTE,
      values.LOG_LEVEL,
    ),
    urls: new UrlSettings(values.PUBLIC_URL, values.TUNNEL_METRICS_URL),
    store: new StoreSettings(values.DATABASE_URL, values.DATA_DIR),
    access: new AccessSettings(values.API_KEY),
    twilio,
    simulatedCarrier: new SimulatedCarrierSettings(
      mode,
      mode === 'on' || (mode === 'auto' && twilio === null),
    ),
    limits: new LimitSettings(
      values.MAX_CONCURRENT_CALLS,
      values.MAX_CONCURRENT_CALLS_PER_USER,
      values.ALLOWED_DESTINATIONS,
    ),
    streams: new StreamSettings(values.STREAM_TOKEN_TTL_SECONDS, values.STREAM_GRACE_SECONDS),
    reconcile: new ReconcileSettings(
      values.RECONCILE_AFTER_SECONDS,
      values.RECONCILE_INTERVAL_SECONDS,
    ),
    events: new EventSettings(values.WEBHOOK_ALLOWED_HOSTS ?? []),
    agents: new AgentSettings(
      values.MEDIA_DIR,
      values.AGENT_ALLOWED_HOSTS ?? [],
      values.OPENAI_API_KEY,
      values.OPENAI_BASE_URL,
    ),
    retention: new RetentionSettings(
      values.PAYLOAD_RETENTION_DAYS,
      values.RECORDING_RETENTION_DAYS,
    ),
    tracing: new TracingSettings(
      values.OTEL_EXPORTER_OTLP_ENDPOINT,
      values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
      values.OTEL_SERVICE_NAME,
    ),
    warnings,
  };
}

function buildTwilio(values: Values): TwilioSettings | null {
  const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM_NUMBERS } = values;
  if (TWILIO_ACCOUNT_SID === null || TWILIO_AUTH_TOKEN === null || TWILIO_FROM_NUMBERS === null)
    return null;
  const { TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET } = values;
  return new TwilioSettings(
    TWILIO_ACCOUNT_SID,
    TWILIO_AUTH_TOKEN,
    values.TWILIO_AUTH_TOKEN_SECONDARY,
    TWILIO_FROM_NUMBERS,
    values.TWILIO_API_BASE_URL ?? regionalBase(values),
    values.TWILIO_CALLS_PER_SECOND,
    TWILIO_API_KEY_SID === null || TWILIO_API_KEY_SECRET === null
      ? null
      : { sid: TWILIO_API_KEY_SID, secret: TWILIO_API_KEY_SECRET },
  );
}

/** https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region */
function regionalBase({ TWILIO_REGION, TWILIO_EDGE }: Values): string | null {
  return TWILIO_EDGE === null
    ? null
    : `https://api.${TWILIO_EDGE}.${TWILIO_REGION ?? DEFAULT_REGION}.twilio.com`;
}
