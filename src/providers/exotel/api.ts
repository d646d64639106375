import { basic } from '../basic.js';
import { askApi } from '../json-api.js';
import type { ExotelAccount } from './exotel.settings.js';
import { answerOf, type Answer } from './failure.js';

/** Our limit for one request, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** One request at a time to the Calls of an account. */
export class ExotelApi {
  private readonly base: string;
  private readonly authorization: string;

  constructor(
    { apiBaseUrl, accountSid, apiKey, apiToken }: ExotelAccount,
    private readonly timeoutMs: number = REQUEST_TIMEOUT_MS,
  ) {
    this.base = `${apiBaseUrl}/Accounts/${encodeURIComponent(accountSid)}/Calls`;
    this.authorization = basic(apiKey, apiToken);
  }

  dial(form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.ask('POST', '/connect.json', form);
  }

  call(id: string): Promise<Answer> {
    return this.ask('GET', `/${encodeURIComponent(id)}.json`);
  }

  private async ask(
    method: 'GET' | 'POST',
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const outcome = await askApi({
      method,
      url: `${this.base}${path}`,
      headers: { Authorization: this.authorization },
      form,
      timeoutMs: this.timeoutMs,
    });
    return answerOf(outcome, new Date());
  }
}
