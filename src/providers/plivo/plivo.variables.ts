import { section, type Look } from '../../config/section.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { accountConflicts, accountFields, accountIdle, accountIn } from './account-variables.js';
import { PLIVO } from './dialect.js';
import type { PlivoAccount } from './plivo.settings.js';
import { isLoopback } from '../../config/url-kinds.js';
import { oneOf } from '../../config/kinds.js';
import { setting } from '../../config/setting.js';

/** The variables of the environment for an account at Plivo. */
export class PlivoVariables extends section('Plivo', {
  ...accountFields('PLIVO', PLIVO),
  signatureV2: setting('PLIVO_SIGNATURE_V2', {
    kind: oneOf(['off', 'on']),
    default: 'off',
    description:
      'Whether requests of Plivo are accepted that have only the older signature, V2. It does not cover what a request says.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    const { authId, authToken, fromNumbers } = this.fields;
    return [authId, authToken, fromNumbers].some((one) => look.has(one));
  }

  /** Whether the API in place of Plivo's is on this machine, so that it needs no public address. */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(PlivoVariables);
    return base !== null && isLoopback(new URL(base).hostname);
  }

  static override conflicts(look: Look): SettingsProblem[] {
    return accountConflicts(look, this.fields);
  }

  static override idle(look: Look): SettingsWarning[] {
    return accountIdle(look, this.fields);
  }

  /** Null while none is configured. */
  account(): PlivoAccount | null {
    const account = accountIn(this, PLIVO);
    return account && { ...account, acceptsV2: this.signatureV2 === 'on' };
  }
}
