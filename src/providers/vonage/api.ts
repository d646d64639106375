import type { KeyObject } from 'node:crypto';
import { askApi } from '../json-api.js';
import { outcomeOf, type Outcome } from './failure.js';
import { applicationToken } from './jwt.js';
import { keyOf } from './private-key.js';
import type { VonageAccount } from './vonage.settings.js';

/** Our limit for one request, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Requests to Vonage's Voice API, each signed with a token of its own. Nothing throws, and nothing is repeated. */
export class VonageApi {
  private readonly key: KeyObject | null;

  constructor(
    private readonly account: Pick<VonageAccount, 'apiBaseUrl' | 'applicationId' | 'privateKey'>,
    private readonly timeoutMs: number = REQUEST_TIMEOUT_MS,
  ) {
    this.key = keyOf(account.privateKey);
  }

  async ask(method: 'GET' | 'POST' | 'PUT', path: string, json?: object): Promise<Outcome> {
    const { apiBaseUrl, applicationId } = this.account;
    if (this.key === null) return { kind: 'unreachable', message: 'the private key is no RSA key' };
    const now = new Date();
    const token = applicationToken(applicationId, this.key, Math.floor(now.getTime() / 1_000));
    const reply = await askApi({
      method,
      url: apiBaseUrl + path,
      headers: { Authorization: `Bearer ${token}` },
      json,
      timeoutMs: this.timeoutMs,
    });
    return outcomeOf(reply, now);
  }
}
