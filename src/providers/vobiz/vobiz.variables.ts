import { section, type Look } from '../../config/section.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { isLoopback } from '../../config/url-kinds.js';
import {
  accountConflicts,
  accountFields,
  accountIdle,
  accountIn,
} from '../plivo/account-variables.js';
import type { PlivoAccount } from '../plivo/plivo.settings.js';
import { VOBIZ } from './vobiz.dialect.js';

/** The variables of the environment for an account at Vobiz. */
export class VobizVariables extends section('Vobiz', accountFields('VOBIZ', VOBIZ)) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    const { authId, authToken, fromNumbers } = this.fields;
    return [authId, authToken, fromNumbers].some((one) => look.has(one));
  }

  /** Whether the API in place of Vobiz's is on this machine, so that it needs no public address. */
  static isLocal(look: Look): boolean {
    const { apiBaseUrl: base } = look.of(VobizVariables);
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
    return accountIn(this, VOBIZ);
  }
}
