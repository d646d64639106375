import { bad, decimal, good, matching, secret, type Kind } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { apiBaseUrl, isLoopback } from '../../config/url-kinds.js';
import { API_BASE_URL, KEY_MIN, type CloudonixAccount } from './cloudonix.settings.js';

/** It comes in a header as it is. */
const headerKey: Kind<string> = {
  expected: `at least ${KEY_MIN} printable characters without a space`,
  secret: true,
  parse: (text) => (/^[\x21-\x7e]+$/.test(text) && text.length >= KEY_MIN ? good(text) : bad()),
};

/** The variables of the environment for a domain at Cloudonix. */
export class CloudonixVariables extends section('Cloudonix', {
  domain: setting('CLOUDONIX_DOMAIN', {
    kind: matching(/^[a-z0-9][a-z0-9.-]{0,252}$/i, 'the name or the id of a domain'),
    description:
      'The domain at Cloudonix; goes together with CLOUDONIX_API_KEY, CLOUDONIX_WEBHOOK_KEY and CLOUDONIX_FROM_NUMBERS.',
    absent: 'no Cloudonix is used',
    example: 'example.cloudonix.net',
  }),
  apiKey: setting('CLOUDONIX_API_KEY', {
    kind: secret(1),
    description: 'An API key of that domain.',
  }),
  webhookKey: setting('CLOUDONIX_WEBHOOK_KEY', {
    kind: headerKey,
    description:
      'What Cloudonix sends in x-cx-apikey, which tells its requests from those of others, because it signs nothing.',
  }),
  fromNumbers: setting('CLOUDONIX_FROM_NUMBERS', {
    kind: phoneNumbers,
    description: "The domain's numbers; the first is the default caller.",
  }),
  /** No trailing slash. */
  apiBaseUrl: setting('CLOUDONIX_API_BASE_URL', {
    kind: apiBaseUrl,
    description: 'Another base for the API.',
    absent: API_BASE_URL,
    example: 'https://cloudonix.example.com',
  }),
  callsPerSecond: setting('CLOUDONIX_CALLS_PER_SECOND', {
    kind: decimal(0.1, 1000),
    default: 1,
    description: 'Dials per second that the domain may make; more are queued.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    return this.group().some((one) => look.has(one));
  }

  /** Whether the API in place of Cloudonix's is on this machine, so that it needs no public address. */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(CloudonixVariables);
    return base !== null && isLoopback(new URL(base).hostname);
  }

  static override conflicts(look: Look): SettingsProblem[] {
    return allOrNone(look, this.group());
  }

  static override idle(look: Look): SettingsWarning[] {
    const { domain, apiBaseUrl: base } = this.fields;
    return look.has(domain) ? [] : idleSettings(look, [base], `without ${domain.name}`);
  }

  /** Null while none is configured. */
  account(): CloudonixAccount | null {
    const { domain, apiKey, webhookKey, fromNumbers, callsPerSecond } = this;
    if (domain === null || apiKey === null || webhookKey === null) return null;
    if (fromNumbers === null) return null;
    const base = this.apiBaseUrl ?? API_BASE_URL;
    return { apiBaseUrl: base, domain, apiKey, webhookKey, fromNumbers, callsPerSecond };
  }

  private static group() {
    const { domain, apiKey, webhookKey, fromNumbers } = this.fields;
    return [domain, apiKey, webhookKey, fromNumbers];
  }
}
