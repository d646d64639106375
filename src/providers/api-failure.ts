import type { IncomingHttpHeaders } from 'node:http';
import { retryAfter } from '../shared/retry-after.js';
import type { Blame, DialResult } from './calls-port.js';
import type { NoReply } from './one-request.js';

/** The carrier refused, in its own words: nothing was done. */
export interface Refusal {
  kind: 'refused';
  status: number;
  /** The carrier's own, where it has any. */
  code?: string | number;
  /** Without numbers. */
  message: string;
}

/** The carrier's own 429: nothing was done. The request may be repeated after the pause, if the reply gives one. */
export interface Throttled {
  kind: 'throttled';
  retryAfterSeconds: number | null;
}

/**
 * It is not known whether the request was carried out: no reply, a server error, or a reply that is not the carrier's.
 */
export interface Unanswered {
  kind: 'unanswered';
  status: number | null;
  message: string;
}

/** Why a request to a carrier's API brought no result. */
export type ApiFailure<Refused extends Refusal = Refusal> =
  | Refused
  | Throttled
  /** Not a byte of the request was sent. */
  | { kind: 'unreachable'; message: string }
  | Unanswered;

/** Of a reply whose words are not the carrier's: a proxy in between may answer too, also a request that was carried out. */
export const NOT_THEIRS = "not the carrier's answer";

export function unanswered(status: number | null, message = NOT_THEIRS): Unanswered {
  return { kind: 'unanswered', status, message };
}

/** What a request without a reply came to. */
export function failureWithout(reply: NoReply): ApiFailure<never> {
  return reply.kind === 'lost' ? unanswered(null, reply.message) : reply;
}

/** A date from the carrier is compared with the carrier's clock, where the reply has it. */
export function throttled(headers: IncomingHttpHeaders, now: Date): Throttled {
  const theirs = Date.parse(headers.date ?? '');
  const asOf = Number.isNaN(theirs) ? now : new Date(theirs);
  return { kind: 'throttled', retryAfterSeconds: retryAfter(headers['retry-after'], asOf) };
}

/** In one line, without numbers; for logs, timelines and the doctor. */
export function describe(failure: ApiFailure): string {
  switch (failure.kind) {
    case 'refused': {
      const code = failure.code === undefined ? '' : `, ${failure.code}`;
      return `HTTP ${failure.status}${code}: ${failure.message}`;
    }
    case 'throttled':
      return 'HTTP 429: the carrier takes no more requests';
    case 'unreachable':
      return failure.message;
    case 'unanswered':
      return failure.status === null
        ? failure.message
        : `HTTP ${failure.status}, ${failure.message}`;
    default:
      return failure satisfies never;
  }
}

/**
 * Of what a refused dial speaks, where the status says it: no credentials, no money, no permission, or no such account
 * speak of the account.
 */
export function blameOfStatus(status: number): Blame {
  return [401, 402, 403, 404].includes(status) ? 'account' : 'request';
}

/**
 * A dial that was not accepted.
 * @param about whose a refusal is, and the code by which it is known
 */
export function dialFailure<Refused extends Refusal>(
  failure: ApiFailure<Refused>,
  about: (refusal: Refused) => { blame: Blame; code: string },
): DialResult {
  switch (failure.kind) {
    case 'refused': {
      const { message, status: httpStatus } = failure;
      return { kind: 'rejected', ...about(failure), message, httpStatus };
    }
    case 'throttled':
    case 'unreachable':
      return failure;
    case 'unanswered':
      // The call may have been created.
      return { kind: 'unknown', message: describe(failure), httpStatus: failure.status };
    default:
      return failure satisfies never;
  }
}
