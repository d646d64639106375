import { isJsonObject, type JsonObject } from '../../shared/json-object.js';
import {
  failureWithout,
  throttled,
  unanswered,
  type ApiFailure,
  type Refusal,
} from '../api-failure.js';
import type { Blame } from '../calls-port.js';
import type { ApiOutcome } from '../json-api.js';
import { withoutNumbers } from '../without-numbers.js';

/** What became of a request to Vonage's API. */
export type Outcome =
  { kind: 'done'; status: number; body: JsonObject } | ApiFailure<Refusal & { code: string }>;

/**
 * Decides whose word a reply is. Vonage's refusals have a `type` and a title; anything else may be a proxy's word,
 * also about a request that was carried out.
 */
export function outcomeOf(reply: ApiOutcome, now: Date): Outcome {
  if (reply.kind !== 'replied') return failureWithout(reply);
  const { status, headers, text, body } = reply;
  if (status >= 200 && status < 300) {
    if (isJsonObject(body)) return { kind: 'done', status, body };
    return text.trim() === '' ? { kind: 'done', status, body: {} } : unanswered(status);
  }
  const words = wordsOf(body);
  if (!words) return unanswered(status);
  if (status === 429) return throttled(headers, now);
  if (status < 400 || status >= 500) return unanswered(status, words.message);
  return { kind: 'refused', status, ...words };
}

/** Of what a refused dial speaks: credentials, money and permission are the account's. */
export function blameOf(status: number): Blame {
  return [401, 402, 403].includes(status) ? 'account' : 'request';
}

/** `detail` may quote what was sent, so the title alone is told; the code is the end of the type's address. */
function wordsOf(body: unknown): { code: string; message: string } | null {
  if (!isJsonObject(body)) return null;
  const { type, title = body['error_title'] } = body;
  if (typeof type !== 'string' || typeof title !== 'string' || title === '') return null;
  const [code = 'unknown'] = /[\w-]{1,64}$/.exec(type) ?? [];
  return { code, message: withoutNumbers(title) };
}
