import { isJsonObject, type JsonObject } from '../../shared/json-object.js';
import {
  failureWithout,
  throttled,
  unanswered,
  type ApiFailure,
  type Refusal,
} from '../api-failure.js';
import type { ApiOutcome } from '../json-api.js';
import { withoutNumbers } from '../without-numbers.js';

/** What became of a request to Exotel's API. */
export type Answer =
  { kind: 'done'; status: number; call: JsonObject } | ApiFailure<Refusal & { code: string }>;

/**
 * Decides who wrote a reply; no other code does. Exotel's refusals are `RestException`s; anything
 * else may be a proxy's word, also about a request that was carried out.
 */
export function answerOf(outcome: ApiOutcome, now: Date): Answer {
  if (outcome.kind !== 'replied') return failureWithout(outcome);
  const { status, body, headers } = outcome;
  const { Call: call, RestException: refusal } = Object(body) as JsonObject;
  if (status >= 200 && status < 300 && isJsonObject(call)) return { kind: 'done', status, call };
  if (status < 400 || status >= 500 || !isJsonObject(refusal)) return unanswered(status);
  if (status === 429) return throttled(headers, now);
  const { Code: code, Message: message } = refusal;
  return {
    kind: 'refused',
    status,
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : String(status),
    message: typeof message === 'string' ? withoutNumbers(message) : 'no reason given',
  };
}
