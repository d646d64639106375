import { isJsonObject, type JsonObject } from '../../shared/json-object.js';
import { failureWithout, throttled, unanswered, type ApiFailure } from '../api-failure.js';
import { askApi, type ApiOutcome } from '../json-api.js';
import { withoutNumbers } from '../without-numbers.js';
import type { CloudonixAccount } from './cloudonix.settings.js';

/** Our limit for one request, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** What became of a request to Cloudonix's API. */
export type Answer =
  /** `data`: the object of the reply; empty where it has none. */
  { kind: 'done'; status: number; data: JsonObject } | ApiFailure;

/** One request at a time about the calls of a domain. */
export class CloudonixApi {
  private readonly dials: string;
  private readonly sessions: string;
  private readonly authorization: string;

  constructor(
    { apiBaseUrl, domain, apiKey }: Pick<CloudonixAccount, 'apiBaseUrl' | 'domain' | 'apiKey'>,
    private readonly timeoutMs: number = REQUEST_TIMEOUT_MS,
  ) {
    const name = encodeURIComponent(domain);
    this.dials = `${apiBaseUrl}/calls/${name}/application`;
    this.sessions = `${apiBaseUrl}/customers/self/domains/${name}/sessions`;
    this.authorization = `Bearer ${apiKey}`;
  }

  dial(json: JsonObject): Promise<Answer> {
    return this.ask('POST', this.dials, json);
  }

  session(method: 'GET' | 'DELETE', token: string): Promise<Answer> {
    return this.ask(method, `${this.sessions}/${encodeURIComponent(token)}`);
  }

  private async ask(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    json?: JsonObject,
  ): Promise<Answer> {
    const headers = { Authorization: this.authorization };
    return answerOf(await askApi({ method, url, headers, json, timeoutMs: this.timeoutMs }));
  }
}

/**
 * Decides whose word a reply is. The body of a refusal is not documented: an object counts as Cloudonix's, and
 * so does a bare 401, which is. Anything else may be a proxy's word, also about a request that was carried out.
 */
function answerOf(outcome: ApiOutcome): Answer {
  if (outcome.kind !== 'replied') return failureWithout(outcome);
  const { status, body, headers } = outcome;
  const data = isJsonObject(body) ? body : null;
  if (status >= 200 && status < 300) return { kind: 'done', status, data: data ?? {} };
  const isRefusal = status >= 400 && status < 500 && data !== null;
  if (!isRefusal && status !== 401) return unanswered(status);
  if (status === 429) return throttled(headers, new Date());
  const told = data?.['message'] ?? data?.['error'];
  const message = typeof told === 'string' ? withoutNumbers(told) : 'no reason given';
  return { kind: 'refused', status, message };
}

/** A session that is over is no longer there, whatever the reply has for a body. */
export function isGone(answer: Answer): boolean {
  return (answer.kind === 'refused' || answer.kind === 'unanswered') && answer.status === 404;
}
