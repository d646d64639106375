import { bad, decimal, good, matching, secret, type Kind } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { apiBaseUrl, isLoopback } from '../../config/url-kinds.js';
import { API_BASE_URL, TOKEN_MIN, type ExotelAccount } from './exotel.settings.js';

/** It stands in a URL as it is. */
const urlToken: Kind<string> = {
  expected: `at least ${TOKEN_MIN} letters, digits, hyphens and underscores`,
  secret: true,
  parse: (text) => (/^[A-Za-z0-9_-]+$/.test(text) && text.length >= TOKEN_MIN ? good(text) : bad()),
};

/** The variables of the environment for an account at Exotel. */
export class ExotelVariables extends section('Exotel', {
  accountSid: setting('EXOTEL_ACCOUNT_SID', {
    kind: matching(/^[A-Za-z0-9_-]{1,64}$/, 'the SID of an account: letters, digits, - and _'),
    description:
      'The account at Exotel; goes together with EXOTEL_API_KEY, EXOTEL_API_TOKEN, EXOTEL_FLOW_ID, EXOTEL_WEBHOOK_TOKEN and EXOTEL_FROM_NUMBERS.',
    absent: 'no Exotel is used',
  }),
  apiKey: setting('EXOTEL_API_KEY', {
    kind: secret(1),
    description: "The API key, from the account's API settings.",
  }),
  apiToken: setting('EXOTEL_API_TOKEN', {
    kind: secret(1),
    description: 'The API token that belongs to the key.',
  }),
  flowId: setting('EXOTEL_FLOW_ID', {
    kind: matching(/^\d{1,12}$/, 'the number of a flow'),
    description:
      'The flow (App ID) whose Voicebot applet asks Patchbay; calls that are placed run it.',
  }),
  webhookToken: setting('EXOTEL_WEBHOOK_TOKEN', {
    kind: urlToken,
    description:
      'Made up by you: it stands in the address that the applet asks, because Exotel signs nothing.',
  }),
  fromNumbers: setting('EXOTEL_FROM_NUMBERS', {
    kind: phoneNumbers,
    description: "The account's ExoPhones; the first is the default caller.",
  }),
  /** No trailing slash. */
  apiBaseUrl: setting('EXOTEL_API_BASE_URL', {
    kind: apiBaseUrl,
    description:
      'Another base for the API, with its version; that of Singapore is https://api.exotel.com/v1.',
    absent: API_BASE_URL,
  }),
  callsPerSecond: setting('EXOTEL_CALLS_PER_SECOND', {
    kind: decimal(0.1, 1000),
    default: 1,
    description: 'Dials per second that the account may make; more are queued.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    return this.group().some((one) => look.has(one));
  }

  /** Whether the API in place of Exotel's is on this machine, so that it needs no public address. */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(ExotelVariables);
    return base !== null && isLoopback(new URL(base).hostname);
  }

  static override conflicts(look: Look): SettingsProblem[] {
    return allOrNone(look, this.group());
  }

  static override idle(look: Look): SettingsWarning[] {
    const { accountSid, apiBaseUrl: base } = this.fields;
    return look.has(accountSid) ? [] : idleSettings(look, [base], `without ${accountSid.name}`);
  }

  /** Null while none is configured. */
  account(): ExotelAccount | null {
    const { accountSid, apiKey, apiToken, flowId, webhookToken, fromNumbers } = this;
    if (accountSid === null || apiKey === null || apiToken === null) return null;
    if (flowId === null || webhookToken === null || fromNumbers === null) return null;
    return {
      apiBaseUrl: this.apiBaseUrl ?? API_BASE_URL,
      accountSid,
      apiKey,
      apiToken,
      flowId,
      webhookToken,
      fromNumbers,
      callsPerSecond: this.callsPerSecond,
    };
  }

  private static group() {
    const { accountSid, apiKey, apiToken, flowId, webhookToken, fromNumbers } = this.fields;
    return [accountSid, apiKey, apiToken, flowId, webhookToken, fromNumbers];
  }
}
