import { retryAfter } from '../../shared/retry-after.js';
import type { Blame } from '../calls-port.js';
import type { ApiOutcome } from '../json-api.js';
import { withoutNumbers } from './fields.js';

type Json = Readonly<Record<string, unknown>>;

/** What became of a request to Exotel's API. */
export type Answer =
  | { kind: 'done'; status: number; call: Json }
  /** Exotel refused, in its own words: nothing was done. */
  | { kind: 'refused'; status: number; code: string; message: string }
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  | { kind: 'unreachable'; message: string }
  /** It is not known whether the request was carried out. */
  | { kind: 'unanswered'; status: number | null; message: string };

/**
 * Decides who wrote a reply; no other code does. Exotel's refusals are `RestException`s; anything
 * else may be a proxy's word, also about a request that was carried out.
 */
export function answerOf(outcome: ApiOutcome, now: Date): Answer {
  if (outcome.kind === 'unreachable') return outcome;
  if (outcome.kind === 'lost')
    return { kind: 'unanswered', status: null, message: outcome.message };
  const { status, body, headers } = outcome;
  const { Call: call, RestException: refusal } = Object(body) as Json;
  if (status >= 200 && status < 300 && isObject(call)) return { kind: 'done', status, call };
  if (status < 400 || status >= 500 || !isObject(refusal)) {
    return { kind: 'unanswered', status, message: "not the carrier's answer" };
  }
  if (status === 429) {
    return { kind: 'throttled', retryAfterSeconds: retryAfter(headers['retry-after'], now) };
  }
  const { Code: code, Message: message } = refusal;
  return {
    kind: 'refused',
    status,
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : String(status),
    message: typeof message === 'string' ? withoutNumbers(message) : 'no reason given',
  };
}

/** In one line, without numbers. */
export function describe(answer: Exclude<Answer, { kind: 'done' }>): string {
  switch (answer.kind) {
    case 'refused':
      return `HTTP ${answer.status}, ${answer.code}: ${answer.message}`;
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

/** Credentials, balance, permission and an unknown flow are the account's. */
export function blameOf(status: number): Blame {
  return [401, 402, 403, 404].includes(status) ? 'account' : 'request';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
