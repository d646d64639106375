import { decimal, matching, oneOf, secret } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, type Look } from '../../config/section.js';
import { setting, type Setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { apiBaseUrl } from '../../config/url-kinds.js';
import type { PlivoDialect } from './dialect.js';
import { MEDIA_FORMATS, type MediaFormat, type PlivoAccount } from './plivo.settings.js';

/** The variables of an account, whose names begin with `prefix`. */
export function accountFields(prefix: string, { label, authId, apiBaseUrl: own }: PlivoDialect) {
  return {
    authId: setting(`${prefix}_AUTH_ID`, {
      kind: matching(authId.form, `an auth ID: ${authId.words}`),
      description: `The account at ${label}; goes together with ${prefix}_AUTH_TOKEN and ${prefix}_FROM_NUMBERS.`,
      absent: `no ${label} is used`,
    }),
    authToken: setting(`${prefix}_AUTH_TOKEN`, {
      kind: secret(1),
      description: "The account's auth token: it signs in to the API and verifies webhooks.",
    }),
    fromNumbers: setting(`${prefix}_FROM_NUMBERS`, {
      kind: phoneNumbers,
      description: "The account's numbers; the first is the default caller.",
    }),
    mediaFormat: setting(`${prefix}_MEDIA_FORMAT`, {
      kind: oneOf(MEDIA_FORMATS),
      default: 'mulaw',
      description:
        'The audio of a media stream: mulaw (8 kHz, as on the telephone), l16-8k or l16-16k (16-bit samples).',
    }),
    /** No trailing slash. */
    apiBaseUrl: setting(`${prefix}_API_BASE_URL`, {
      kind: apiBaseUrl,
      description: 'Another base for the API, with its version.',
      absent: own,
    }),
    callsPerSecond: setting(`${prefix}_CALLS_PER_SECOND`, {
      kind: decimal(0.1, 1000),
      default: 1,
      description: 'Dials per second that the account may make; more are queued.',
    }),
  };
}

type AccountFields = Pick<
  ReturnType<typeof accountFields>,
  'authId' | 'authToken' | 'fromNumbers' | 'apiBaseUrl'
>;

export function accountConflicts(look: Look, fields: AccountFields): SettingsProblem[] {
  return allOrNone(look, [fields.authId, fields.authToken, fields.fromNumbers]);
}

export function accountIdle(
  look: Look,
  { authId, apiBaseUrl: base, ...more }: AccountFields & { signatureV2?: Setting<unknown> },
): SettingsWarning[] {
  if (look.has(authId)) return [];
  const others = more.signatureV2 ? [base, more.signatureV2] : [base];
  return idleSettings(look, others, `without ${authId.name}`);
}

/** What the variables of an account parse to. */
interface AccountValues {
  readonly authId: string | null;
  readonly authToken: string | null;
  readonly fromNumbers: readonly string[] | null;
  readonly mediaFormat: MediaFormat;
  readonly apiBaseUrl: string | null;
  readonly callsPerSecond: number;
}

/** The account that they make; null while none is configured. */
export function accountIn(values: AccountValues, dialect: PlivoDialect): PlivoAccount | null {
  const { authId, authToken, fromNumbers, mediaFormat, callsPerSecond } = values;
  if (authId === null || authToken === null || fromNumbers === null) return null;
  const base = values.apiBaseUrl ?? dialect.apiBaseUrl;
  return {
    apiBaseUrl: base,
    authId,
    authToken,
    fromNumbers,
    mediaFormat,
    callsPerSecond,
    acceptsV2: false,
  };
}
