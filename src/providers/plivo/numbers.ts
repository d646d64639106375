import { NumbersPort, type ConfigureNumberResult, type NumberUrls } from '../numbers-port.js';
import { PlivoApi } from './api.js';
import { applicationsOf, type Application } from './applications.js';
import { REQUEST_TIMEOUT_MS } from './client.js';
import { PLIVO } from './dialect.js';
import { describe, NOT_THEIRS } from '../api-failure.js';
import { digitsOf } from './parties.js';
import type { PlivoAccount } from './plivo.settings.js';

/**
 * At Plivo a number belongs to an application, which has the addresses
 * (https://docs.plivo.com/docs/account/api/application). Ours is named after the account.
 */
export class PlivoNumbers extends NumbersPort {
  private readonly api: PlivoApi;
  private readonly appName: string;

  constructor(account: PlivoAccount, key: string, timeoutMs: number = REQUEST_TIMEOUT_MS) {
    super();
    this.api = new PlivoApi(account, PLIVO, timeoutMs);
    this.appName = `patchbay_${key.replaceAll('-', '_')}`;
  }

  urlsFor({ answer, events }: { answer: string; events: string }): NumberUrls {
    return { answerUrl: PLIVO.addressed(answer), statusCallbackUrl: PLIVO.addressed(events) };
  }

  async configure(number: string, urls: NumberUrls): Promise<ConfigureNumberResult> {
    const path = `Number/${digitsOf(number)}/`;
    const owned = await this.api.ask('GET', path);
    if (owned.kind === 'refused' && owned.status === 404) return { kind: 'not-found' };
    if (owned.kind !== 'done') return { kind: 'failed', message: describe(owned) };
    const applications = await applicationsOf(this.api);
    if (!Array.isArray(applications)) return { kind: 'failed', message: applications.failed };
    const application = await this.application(applications, urls);
    if (typeof application !== 'string') return application;
    const changed = await this.api.ask('POST', path, { app_id: application });
    if (changed.kind !== 'done') return { kind: 'failed', message: describe(changed) };
    return { kind: 'configured' };
  }

  /** The id of our application, made or changed so that it has these addresses. */
  private async application(
    applications: readonly Application[],
    urls: NumberUrls,
  ): Promise<string | Extract<ConfigureNumberResult, { kind: 'failed' }>> {
    const known = applications.find(({ name }) => name === this.appName);
    const addresses = {
      answer_url: urls.answerUrl,
      answer_method: 'POST',
      fallback_answer_url: urls.answerUrl,
      fallback_method: 'POST',
      hangup_url: urls.statusCallbackUrl,
      hangup_method: 'POST',
    };
    if (known) {
      const changed = await this.api.ask('POST', `Application/${known.id}/`, addresses);
      return changed.kind === 'done' ? known.id : { kind: 'failed', message: describe(changed) };
    }
    const made = await this.api.ask('POST', 'Application/', {
      app_name: this.appName,
      ...addresses,
    });
    if (made.kind !== 'done') return { kind: 'failed', message: describe(made) };
    const id = String(made.body['app_id']);
    return /^\d{1,40}$/.test(id) ? id : { kind: 'failed', message: NOT_THEIRS };
  }
}
