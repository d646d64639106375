import { decimal, matching, secret } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { apiBaseUrl, isLoopback } from '../../config/url-kinds.js';
import { baseOfSpace, type SignalWireAccount } from './project.js';

/**
 * The variables of the environment for a SignalWire project; {@link SignalWireVariables.account}
 * makes an account of them.
 */
export class SignalWireVariables extends section('SignalWire', {
  space: setting('SIGNALWIRE_SPACE', {
    kind: matching(
      /^[a-z0-9][a-z0-9-]{0,62}(\.signalwire\.com)?$/i,
      'the name of a space, such as example or example.signalwire.com',
    ),
    description:
      'The SignalWire space; goes together with SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN, SIGNALWIRE_SIGNING_KEY and SIGNALWIRE_FROM_NUMBERS.',
    absent: 'no SignalWire is used',
    example: 'example.signalwire.com',
  }),
  projectId: setting('SIGNALWIRE_PROJECT_ID', {
    kind: matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'the id of a project, a UUID'),
    description: 'The project in that space.',
  }),
  apiToken: setting('SIGNALWIRE_API_TOKEN', {
    kind: secret(1),
    description: 'An API token of the project, with the scope Voice.',
  }),
  signingKey: setting('SIGNALWIRE_SIGNING_KEY', {
    kind: secret(1),
    description: "The project's signing key, which verifies webhooks; it is not the API token.",
  }),
  fromNumbers: setting('SIGNALWIRE_FROM_NUMBERS', {
    kind: phoneNumbers,
    description: "The project's numbers; the first is the default caller.",
  }),
  /** No trailing slash. */
  apiBaseUrl: setting('SIGNALWIRE_API_BASE_URL', {
    kind: apiBaseUrl,
    description: 'Another base for the Compatibility API.',
    absent: "the space's own",
    example: 'https://signalwire.example.com/api/laml',
  }),
  callsPerSecond: setting('SIGNALWIRE_CALLS_PER_SECOND', {
    kind: decimal(0.1, 1000),
    default: 1,
    description: 'Dials per second that the project may make; more are queued.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    return this.group().some((one) => look.has(one));
  }

  /** Whether the API in place of SignalWire's is on this machine, so that it needs no public address. */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(SignalWireVariables);
    return base !== null && isLoopback(new URL(base).hostname);
  }

  static override conflicts(look: Look): SettingsProblem[] {
    return allOrNone(look, this.group());
  }

  static override idle(look: Look): SettingsWarning[] {
    const { space, apiBaseUrl: base } = this.fields;
    return look.has(space) ? [] : idleSettings(look, [base], `without ${space.name}`);
  }

  /** Null while none is configured. */
  account(): SignalWireAccount | null {
    const { space, projectId, apiToken, signingKey, fromNumbers, callsPerSecond } = this;
    if (space === null || projectId === null || apiToken === null) return null;
    if (signingKey === null || fromNumbers === null) return null;
    const base = this.apiBaseUrl ?? baseOfSpace(space);
    return { apiBaseUrl: base, projectId, apiToken, signingKey, fromNumbers, callsPerSecond };
  }

  private static group() {
    const { space, projectId, apiToken, signingKey, fromNumbers } = this.fields;
    return [space, projectId, apiToken, signingKey, fromNumbers];
  }
}
