import { decimal, matching, secret } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, problem, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import { SimulatedCarrierSettings } from '../../config/settings.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { apiBaseUrl, isLoopback } from '../../config/url-kinds.js';
import { DEFAULT_REGION, regionalBase, TwilioSettings } from './twilio.settings.js';

/**
 * The variables of the environment for a Twilio account; {@link TwilioVariables.account} makes an
 * account of them.
 */
export class TwilioVariables extends section('Twilio', {
  accountSid: setting('TWILIO_ACCOUNT_SID', {
    kind: matching(/^AC[0-9a-f]{32}$/i, 'AC followed by 32 hexadecimal digits'),
    description:
      'The Twilio account; goes together with TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBERS. All three absent: the simulated carrier.',
  }),
  authToken: setting('TWILIO_AUTH_TOKEN', {
    kind: secret(1),
    description: "The account's auth token: it signs in to the API and verifies webhooks.",
  }),
  fromNumbers: setting('TWILIO_FROM_NUMBERS', {
    kind: phoneNumbers,
    description: "The account's numbers; the first is the default caller.",
  }),
  authTokenSecondary: setting('TWILIO_AUTH_TOKEN_SECONDARY', {
    kind: secret(1),
    description: 'A second auth token, accepted on webhooks beside the first while tokens rotate.',
  }),
  /** No trailing slash. */
  apiBaseUrl: setting('TWILIO_API_BASE_URL', {
    kind: apiBaseUrl,
    description: 'Another base for the Calls API.',
    absent: "Twilio's own",
    example: 'https://twilio.example.com',
  }),
  apiKeySid: setting('TWILIO_API_KEY_SID', {
    kind: matching(/^SK[0-9a-f]{32}$/i, 'SK followed by 32 hexadecimal digits'),
    description:
      'An API key that signs in to the API in place of the auth token; goes together with TWILIO_API_KEY_SECRET. The auth token stays needed: it alone verifies webhooks.',
  }),
  apiKeySecret: setting('TWILIO_API_KEY_SECRET', {
    kind: secret(1),
    description: 'The secret of that API key.',
  }),
  region: setting('TWILIO_REGION', {
    kind: matching(/^[a-z]{2}[1-9]$/, 'a region of Twilio, such as ie1 or au1'),
    description:
      "Twilio's region that handles our requests, together with TWILIO_EDGE; credentials and numbers are its own.",
    absent: DEFAULT_REGION,
    example: 'ie1',
  }),
  edge: setting('TWILIO_EDGE', {
    kind: matching(/^[a-z]+(-[a-z]+)*$/, 'an edge location of Twilio, such as dublin or sydney'),
    description: "Twilio's edge location that our requests enter by.",
    absent: "Twilio's choice",
    example: 'dublin',
  }),
  callsPerSecond: setting('TWILIO_CALLS_PER_SECOND', {
    kind: decimal(0.1, 1000),
    default: 1,
    description: 'Dials per second that the account may make; more are queued.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    const { accountSid, authToken, fromNumbers } = this.fields;
    return [accountSid, authToken, fromNumbers].some((one) => look.has(one));
  }

  /**
   * Whether the API in place of Twilio's is on this machine, so that it needs no public address.
   */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(TwilioVariables);
    return base !== null && isLoopback(new URL(base).hostname);
  }

  static override conflicts(look: Look): SettingsProblem[] {
    const { accountSid, authToken, fromNumbers, apiKeySid, apiKeySecret } = this.fields;
    const { apiBaseUrl: base, region, edge } = this.fields;
    const problems = [
      ...allOrNone(look, [accountSid, authToken, fromNumbers]),
      ...allOrNone(look, [apiKeySid, apiKeySecret]),
    ];
    if (![null, DEFAULT_REGION].includes(look.of(TwilioVariables).region) && !look.has(edge)) {
      problems.push(
        problem(
          edge,
          `must be set with TWILIO_REGION, or Twilio handles our requests in ${DEFAULT_REGION}: ${edge.kind.expected}`,
        ),
      );
    }
    if (look.has(base) && (look.has(region) || look.has(edge))) {
      problems.push(
        problem(
          base,
          'must not be set beside TWILIO_REGION and TWILIO_EDGE, which make a base of their own',
        ),
      );
    }
    if (look.of(SimulatedCarrierSettings).mode === 'on' && this.isNamed(look)) {
      problems.push(
        problem(
          SimulatedCarrierSettings.fields.mode,
          'must be auto or off while TWILIO_ACCOUNT_SID is set: the simulated carrier takes the place of the Twilio account',
        ),
      );
    }
    return problems;
  }

  static override idle(look: Look): SettingsWarning[] {
    const { accountSid, authTokenSecondary, apiBaseUrl: base } = this.fields;
    const { apiKeySid, apiKeySecret, region, edge } = this.fields;
    if (look.has(accountSid)) return [];
    const extras = [authTokenSecondary, base, apiKeySid, apiKeySecret, region, edge];
    return idleSettings(look, extras, `without ${accountSid.name}`);
  }

  /** Null while none is configured. */
  account(): TwilioSettings | null {
    const { accountSid, authToken, fromNumbers, apiKeySid: sid, apiKeySecret } = this;
    if (accountSid === null || authToken === null || fromNumbers === null) return null;
    return new TwilioSettings({
      accountSid,
      authToken,
      authTokenSecondary: this.authTokenSecondary,
      fromNumbers,
      apiBaseUrl: this.apiBaseUrl ?? regionalBase(this.region, this.edge),
      callsPerSecond: this.callsPerSecond,
      apiKey: sid === null || apiKeySecret === null ? null : { sid, secret: apiKeySecret },
      simulated: false,
    });
  }
}
