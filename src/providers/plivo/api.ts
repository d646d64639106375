import { askApi, type ApiRequest } from '../json-api.js';
import type { PlivoDialect } from './dialect.js';
import { answerOf, type Answer } from './failure.js';
import type { PlivoAccount } from './plivo.settings.js';

/** An account's part of the API. */
export class PlivoApi {
  private readonly base: string;
  private readonly login: Readonly<Record<string, string>>;

  constructor(
    { apiBaseUrl, authId, authToken }: PlivoAccount,
    private readonly dialect: PlivoDialect,
    private readonly timeoutMs: number,
  ) {
    this.base = `${apiBaseUrl}/Account/${authId}/`;
    this.login = dialect.login(authId, authToken);
  }

  /**
   * @param path below the account, with the slash at its end: without one, or in other letters, it is another page
   * @param json of a POST
   */
  async ask(method: ApiRequest['method'], path: string, json?: object): Promise<Answer> {
    const { base, login, dialect, timeoutMs } = this;
    const asked = { method, url: base + path, headers: login, json, timeoutMs };
    return answerOf(await askApi(asked), dialect, new Date());
  }
}
