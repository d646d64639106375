import { decimal, matching, secret } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { apiBaseUrl, isLoopback } from '../../config/url-kinds.js';
import { privateKey, privateKeyFile } from './private-key.js';
import {
  API_KEY,
  APPLICATION_ID,
  CALLS_PER_SECOND,
  SIGNATURE_SECRET_MIN,
  VONAGE_API,
  type VonageAccount,
} from './vonage.settings.js';

/**
 * The variables of the environment for a Voice application of Vonage; {@link VonageVariables.account} makes an account
 * of them.
 */
export class VonageVariables extends section('Vonage', {
  applicationId: setting('VONAGE_APPLICATION_ID', {
    kind: matching(APPLICATION_ID, 'the id of an application, a UUID'),
    description:
      'A Voice application of a Vonage account; goes together with VONAGE_PRIVATE_KEY (or VONAGE_PRIVATE_KEY_FILE), VONAGE_API_KEY, VONAGE_SIGNATURE_SECRET and VONAGE_FROM_NUMBERS.',
    absent: 'no Vonage is used',
  }),
  privateKey: setting('VONAGE_PRIVATE_KEY', {
    kind: privateKey,
    description: "The application's private key, which signs requests to the API.",
  }),
  privateKeyFile: setting('VONAGE_PRIVATE_KEY_FILE', {
    kind: privateKeyFile,
    description: 'A file with that key, in its place.',
  }),
  apiKey: setting('VONAGE_API_KEY', {
    kind: { ...matching(API_KEY, 'an API key, letters and digits'), secret: true },
    description: "The Vonage account's API key, which signed webhooks name.",
  }),
  signatureSecret: setting('VONAGE_SIGNATURE_SECRET', {
    kind: secret(SIGNATURE_SECRET_MIN),
    description:
      "The Vonage account's signature secret, which verifies webhooks. It is not the API secret.",
  }),
  fromNumbers: setting('VONAGE_FROM_NUMBERS', {
    kind: phoneNumbers,
    description: 'The numbers that are linked to the application; the first is the default caller.',
  }),
  /** No trailing slash. */
  apiBaseUrl: setting('VONAGE_API_BASE_URL', {
    kind: apiBaseUrl,
    description: 'Another base for the API, with its version.',
    absent: "Vonage's own",
    example: 'https://api-eu.vonage.com/v1',
  }),
  callsPerSecond: setting('VONAGE_CALLS_PER_SECOND', {
    kind: decimal(0.1, 1000),
    default: CALLS_PER_SECOND,
    description: 'Dials per second that the account may make; more are queued.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    return this.group(look).some((one) => look.has(one));
  }

  /** Whether the API in place of Vonage's is on this machine, so that it needs no public address. */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(VonageVariables);
    return base !== null && isLoopback(new URL(base).hostname);
  }

  static override conflicts(look: Look): SettingsProblem[] {
    return allOrNone(look, this.group(look));
  }

  static override idle(look: Look): SettingsWarning[] {
    const { applicationId, apiBaseUrl: base, privateKey: key, privateKeyFile: file } = this.fields;
    if (!look.has(applicationId))
      return idleSettings(look, [base], `without ${applicationId.name}`);
    return look.has(key) ? idleSettings(look, [file], `beside ${key.name}`) : [];
  }

  /** Null while none is configured. */
  account(): VonageAccount | null {
    const { applicationId, apiKey, signatureSecret, fromNumbers, callsPerSecond } = this;
    const key = this.privateKey ?? this.privateKeyFile;
    if (applicationId === null || key === null || apiKey === null) return null;
    if (signatureSecret === null || fromNumbers === null) return null;
    return {
      apiBaseUrl: this.apiBaseUrl ?? VONAGE_API,
      applicationId,
      privateKey: key,
      apiKey,
      signatureSecret,
      fromNumbers,
      callsPerSecond,
    };
  }

  /** Of the key and the file with it, the one that is set; the key where neither is. */
  private static group(look: Look) {
    const { applicationId, apiKey, signatureSecret, fromNumbers, ...keys } = this.fields;
    const isInFile = look.has(keys.privateKeyFile) && !look.has(keys.privateKey);
    const key = isInFile ? keys.privateKeyFile : keys.privateKey;
    return [applicationId, key, apiKey, signatureSecret, fromNumbers];
  }
}
