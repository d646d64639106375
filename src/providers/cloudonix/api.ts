import { retryAfter } from '../../shared/retry-after.js';
import { askApi, type ApiOutcome } from '../json-api.js';
import { withoutNumbers } from '../twilio/fields.js';
import type { CloudonixAccount } from './cloudonix.settings.js';

/** Our limit for one request, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

type Json = Readonly<Record<string, unknown>>;

/** What became of a request to Cloudonix's API. */
export type Answer =
  /** `data`: the object of the reply; empty where it has none. */
  | { kind: 'done'; status: number; data: Json }
  /** Cloudonix refused: nothing was done. */
  | { kind: 'refused'; status: number; message: string }
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  | { kind: 'unreachable'; message: string }
  /** It is not known whether the request was carried out. */
  | { kind: 'unanswered'; status: number | null; message: string };

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

  dial(json: Json): Promise<Answer> {
    return this.ask('POST', this.dials, json);
  }

  session(method: 'GET' | 'DELETE', token: string): Promise<Answer> {
    return this.ask(method, `${this.sessions}/${encodeURIComponent(token)}`);
  }

  private async ask(method: 'GET' | 'POST' | 'DELETE', url: string, json?: Json): Promise<Answer> {
    const headers = { Authorization: this.authorization };
    return answerOf(await askApi({ method, url, headers, json, timeoutMs: this.timeoutMs }));
  }
}

/**
 * Decides whose word a reply is. The body of a refusal is not documented: an object counts as Cloudonix's, and
 * so does a bare 401, which is. Anything else may be a proxy's word, also about a request that was carried out.
 */
function answerOf(outcome: ApiOutcome): Answer {
  if (outcome.kind === 'unreachable') return outcome;
  if (outcome.kind === 'lost') {
    return { kind: 'unanswered', status: null, message: outcome.message };
  }
  const { status, body, headers } = outcome;
  const data = isObject(body) ? body : null;
  if (status >= 200 && status < 300) return { kind: 'done', status, data: data ?? {} };
  const isRefusal = status >= 400 && status < 500 && data !== null;
  if (!isRefusal && status !== 401) {
    return { kind: 'unanswered', status, message: 'not the carrier’s answer' };
  }
  if (status === 429) {
    const retryAfterSeconds = retryAfter(headers['retry-after'], new Date());
    return { kind: 'throttled', retryAfterSeconds };
  }
  const told = data?.['message'] ?? data?.['error'];
  const message = typeof told === 'string' ? withoutNumbers(told) : 'no reason given';
  return { kind: 'refused', status, message };
}

/** In one line, without numbers. */
export function describe(answer: Exclude<Answer, { kind: 'done' }>): string {
  switch (answer.kind) {
    case 'refused':
      return `HTTP ${answer.status}: ${answer.message}`;
    case 'throttled':
      return 'HTTP 429: the carrier takes no more requests';
    case 'unreachable':
      return answer.message;
    case 'unanswered':
      return answer.status === null ? answer.message : `HTTP ${answer.status}, ${answer.message}`;
    default:
      return answer satisfies never;
  }
}

/** A session that is over is no longer there, whatever the reply has for a body. */
export function isGone(answer: Answer): boolean {
  return (answer.kind === 'refused' || answer.kind === 'unanswered') && answer.status === 404;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
