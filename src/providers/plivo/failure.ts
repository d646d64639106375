import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonObject } from '../../shared/json-object.js';
import {
  failureWithout,
  NOT_THEIRS,
  throttled,
  unanswered,
  type ApiFailure,
  type Refusal,
} from '../api-failure.js';
import type { ApiOutcome } from '../json-api.js';
import { withoutNumbers } from '../without-numbers.js';
import type { PlivoDialect } from './dialect.js';

/** What became of a request to the carrier's API. */
export type Answer =
  | { kind: 'done'; status: number; body: JsonObject; headers: IncomingHttpHeaders }
  | ApiFailure<Refusal & { headers: IncomingHttpHeaders }>;

/**
 * Decides who wrote a reply; no other code does. A proxy in between may refuse, too, also a request that the carrier
 * has carried out, so a refusal counts only in the carrier's own words.
 */
export function answerOf(outcome: ApiOutcome, dialect: PlivoDialect, now: Date): Answer {
  if (outcome.kind !== 'replied') return failureWithout(outcome);
  const { status, headers, body, text } = outcome;
  if (status === 204) return { kind: 'done', status, headers, body: {} };
  if (status >= 200 && status < 300) {
    return isJsonObject(body) ? { kind: 'done', status, headers, body } : unanswered(status);
  }
  if (status >= 500 || status < 400 || !dialect.isOwnWord(status, text, body)) {
    return unanswered(status, reasonIn(body) ?? NOT_THEIRS);
  }
  if (status === 429) return throttled(headers, now);
  return { kind: 'refused', status, headers, message: reasonIn(body) ?? 'no reason given' };
}

function reasonIn(body: unknown): string | null {
  if (!isJsonObject(body)) return null;
  const text = [body['error'], body['message'], body['detail']].find(
    (one) => typeof one === 'string' && one !== '',
  );
  return typeof text === 'string' ? withoutNumbers(text) : null;
}
