import type { IncomingHttpHeaders } from 'node:http';
import { retryAfter } from '../../shared/retry-after.js';
import type { Blame } from '../calls-port.js';
import type { ApiOutcome } from '../json-api.js';
import type { PlivoDialect } from './dialect.js';
import { withoutNumbers } from './fields.js';

/** What became of a request to the carrier's API. */
export type Answer =
  | {
      kind: 'done';
      status: number;
      body: Readonly<Record<string, unknown>>;
      headers: IncomingHttpHeaders;
    }
  /** The carrier refused, in its own words: nothing was done. */
  | { kind: 'refused'; status: number; message: string; headers: IncomingHttpHeaders }
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  /** Nothing was sent. */
  | { kind: 'unreachable'; message: string }
  /** It is not known whether the request was carried out. */
  | { kind: 'unanswered'; status: number | null; message: string };

/**
 * Decides who wrote a reply; no other code does. A proxy in between may refuse, too, also a request that the carrier
 * has carried out, so a refusal counts only in the carrier's own words.
 */
export function answerOf(outcome: ApiOutcome, dialect: PlivoDialect, now: Date): Answer {
  switch (outcome.kind) {
    case 'unreachable':
      return outcome;
    case 'lost':
      return { kind: 'unanswered', status: null, message: outcome.message };
    case 'replied': {
      const { status, headers, body, text } = outcome;
      if (status === 204) return { kind: 'done', status, headers, body: {} };
      if (status >= 200 && status < 300) {
        if (isObject(body)) return { kind: 'done', status, headers, body };
        return { kind: 'unanswered', status, message: "not the carrier's answer" };
      }
      if (status >= 500 || status < 400 || !dialect.isOwnWord(status, text, body)) {
        return {
          kind: 'unanswered',
          status,
          message: reasonIn(body) ?? "not the carrier's answer",
        };
      }
      if (status === 429) {
        const theirs = Date.parse(headers.date ?? '');
        const asOf = Number.isNaN(theirs) ? now : new Date(theirs);
        return { kind: 'throttled', retryAfterSeconds: retryAfter(headers['retry-after'], asOf) };
      }
      return { kind: 'refused', status, headers, message: reasonIn(body) ?? 'no reason given' };
    }
    default:
      return outcome satisfies never;
  }
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

/**
 * Of what a refused dial speaks: no credentials, no money, no permission, or no such account speak of the account. What
 * is wrong with a parameter is said in words alone.
 */
export function blameOf(status: number): Blame {
  return [401, 402, 403, 404].includes(status) ? 'account' : 'request';
}

function reasonIn(body: unknown): string | null {
  if (!isObject(body)) return null;
  const text = [body['error'], body['message'], body['detail']].find(
    (one) => typeof one === 'string' && one !== '',
  );
  return typeof text === 'string' ? withoutNumbers(text) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
