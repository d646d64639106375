import { decimal, matching, secret } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { apiBaseUrl, isLoopback } from '../../config/url-kinds.js';
import { CONNECTION_ID, PUBLIC_KEY, TELNYX_API } from '../telnyx/telnyx.settings.js';
import type { TexmlAccount } from './texml.settings.js';

/**
 * The variables of the environment for a TeXML application of Telnyx;
 * {@link TexmlVariables.account} makes an account of them.
 */
export class TexmlVariables extends section('Telnyx by TeXML', {
  apiKey: setting('TELNYX_TEXML_API_KEY', {
    kind: secret(1),
    description:
      'An API key (v2) of a Telnyx account; goes together with TELNYX_TEXML_PUBLIC_KEY, TELNYX_TEXML_ACCOUNT_SID, TELNYX_TEXML_APPLICATION_SID and TELNYX_TEXML_FROM_NUMBERS.',
    absent: 'no TeXML application is used',
  }),
  publicKey: setting('TELNYX_TEXML_PUBLIC_KEY', {
    kind: matching(PUBLIC_KEY, 'a public key, 44 characters of base64'),
    description: "The Telnyx account's public key, which verifies webhooks.",
  }),
  accountSid: setting('TELNYX_TEXML_ACCOUNT_SID', {
    kind: matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'the id of an account, a UUID'),
    description: "The Telnyx account's own id.",
  }),
  applicationSid: setting('TELNYX_TEXML_APPLICATION_SID', {
    kind: matching(CONNECTION_ID, 'the id of a TeXML application, digits'),
    description: 'The TeXML application that places and receives the calls.',
  }),
  fromNumbers: setting('TELNYX_TEXML_FROM_NUMBERS', {
    kind: phoneNumbers,
    description: 'The numbers that lead to it; the first is the default caller.',
  }),
  /** No trailing slash. */
  apiBaseUrl: setting('TELNYX_TEXML_API_BASE_URL', {
    kind: apiBaseUrl,
    description: 'Another base for the API, with its version.',
    absent: "Telnyx's own",
    example: 'https://telnyx.example.com/v2',
  }),
  callsPerSecond: setting('TELNYX_TEXML_CALLS_PER_SECOND', {
    kind: decimal(0.1, 1000),
    default: 1,
    description: 'Dials per second that the account may make; more are queued.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    return this.group().some((one) => look.has(one));
  }

  /** Whether the API in place of Telnyx's is on this machine, so that it needs no public address. */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(TexmlVariables);
    return base !== null && isLoopback(new URL(base).hostname);
  }

  static override conflicts(look: Look): SettingsProblem[] {
    return allOrNone(look, this.group());
  }

  static override idle(look: Look): SettingsWarning[] {
    const { apiKey, apiBaseUrl: base } = this.fields;
    return look.has(apiKey) ? [] : idleSettings(look, [base], `without ${apiKey.name}`);
  }

  /** Null while none is configured. */
  account(): TexmlAccount | null {
    const { apiKey, publicKey, accountSid, applicationSid, fromNumbers, callsPerSecond } = this;
    if (apiKey === null || publicKey === null || accountSid === null) return null;
    if (applicationSid === null || fromNumbers === null) return null;
    const base = { apiBaseUrl: this.apiBaseUrl ?? TELNYX_API, apiKey, publicKey };
    return { ...base, accountSid, applicationSid, fromNumbers, callsPerSecond };
  }

  private static group() {
    const { apiKey, publicKey, accountSid, applicationSid, fromNumbers } = this.fields;
    return [apiKey, publicKey, accountSid, applicationSid, fromNumbers];
  }
}
