import { askApi } from '../json-api.js';
import { outcomeOf, type Outcome } from './failure.js';
import type { TelnyxAccount } from './telnyx.settings.js';

/** Our limit for one request, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Requests to Telnyx's API v2 with an account's key. Nothing throws, and nothing is repeated. */
export class TelnyxApi {
  constructor(
    private readonly account: Pick<TelnyxAccount, 'apiBaseUrl' | 'apiKey'>,
    private readonly timeoutMs: number = REQUEST_TIMEOUT_MS,
  ) {}

  get(path: string): Promise<Outcome> {
    return this.ask('GET', path);
  }

  post(path: string, json: object): Promise<Outcome> {
    return this.ask('POST', path, { json });
  }

  /** A command for a call, such as `hangup`. */
  command(callId: string, name: string, json: object): Promise<Outcome> {
    return this.post(`/calls/${encodeURIComponent(callId)}/actions/${name}`, json);
  }

  /** The same for TeXML, whose replies are flat, and whose updates are forms. */
  texml(
    method: 'GET' | 'POST',
    path: string,
    content: { json?: object; form?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> {
    return this.ask(method, `/texml${path}`, content, true);
  }

  private async ask(
    method: 'GET' | 'POST',
    path: string,
    content: { json?: object; form?: Readonly<Record<string, string>> } = {},
    isFlat = false,
  ): Promise<Outcome> {
    const { apiBaseUrl, apiKey } = this.account;
    const reply = await askApi({
      method,
      url: apiBaseUrl + path,
      headers: { Authorization: `Bearer ${apiKey}` },
      ...content,
      timeoutMs: this.timeoutMs,
    });
    return outcomeOf(reply, new Date(), isFlat);
  }
}
