import { retryAfter } from '../../shared/retry-after.js';
import type { Blame } from '../calls-port.js';
import type { ApiOutcome } from '../json-api.js';
import { withoutNumbers } from './fields.js';

type Json = Readonly<Record<string, unknown>>;

/** What became of a request to Vonage's API. */
export type Outcome =
  | { kind: 'done'; status: number; body: Json }
  /** Vonage refused, in its own words: nothing was done. */
  | { kind: 'refused'; status: number; code: string; message: string }
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  /** Nothing was sent. */
  | { kind: 'unreachable'; message: string }
  /** It is not known whether the request was carried out. */
  | { kind: 'unanswered'; status: number | null; message: string };

/**
 * Decides whose word a reply is. Vonage's refusals have a `type` and a title; anything else may be a proxy's word,
 * also about a request that was carried out.
 */
export function outcomeOf(reply: ApiOutcome, now: Date): Outcome {
  switch (reply.kind) {
    case 'unreachable':
      return reply;
    case 'lost':
      return { kind: 'unanswered', status: null, message: reply.message };
    case 'replied':
      return outcomeOfReply(reply, now);
    default:
      return reply satisfies never;
  }
}

function outcomeOfReply(
  { status, headers, text, body }: ApiOutcome & { kind: 'replied' },
  now: Date,
): Outcome {
  if (status >= 200 && status < 300) {
    if (isObject(body)) return { kind: 'done', status, body };
    if (text.trim() === '') return { kind: 'done', status, body: {} };
    return { kind: 'unanswered', status, message: 'not the carrier’s answer' };
  }
  const words = wordsOf(body);
  if (!words) return { kind: 'unanswered', status, message: 'not the carrier’s answer' };
  if (status === 429) {
    const theirs = Date.parse(headers.date ?? '');
    const asOf = Number.isNaN(theirs) ? now : new Date(theirs);
    return { kind: 'throttled', retryAfterSeconds: retryAfter(headers['retry-after'], asOf) };
  }
  if (status < 400 || status >= 500) return { kind: 'unanswered', status, message: words.message };
  return { kind: 'refused', status, ...words };
}

/** Of what a refused dial speaks: credentials, money and permission are the account's. */
export function blameOf(status: number): Blame {
  return [401, 402, 403].includes(status) ? 'account' : 'request';
}

/** In one line, without numbers. */
export function describe(outcome: Exclude<Outcome, { kind: 'done' }>): string {
  switch (outcome.kind) {
    case 'refused':
      return `HTTP ${outcome.status}: ${outcome.message}`;
    case 'throttled':
      return 'HTTP 429: the carrier takes no more requests';
    case 'unreachable':
      return outcome.message;
    case 'unanswered':
      return outcome.status === null
        ? outcome.message
        : `HTTP ${outcome.status}, ${outcome.message}`;
    default:
      return outcome satisfies never;
  }
}

/** `detail` may quote what was sent, so the title alone is told; the code is the end of the type's address. */
function wordsOf(body: unknown): { code: string; message: string } | null {
  if (!isObject(body)) return null;
  const { type, title = body['error_title'] } = body;
  if (typeof type !== 'string' || typeof title !== 'string' || title === '') return null;
  const [code = 'unknown'] = /[\w-]{1,64}$/.exec(type) ?? [];
  return { code, message: withoutNumbers(title) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
