import { retryAfter } from '../../shared/retry-after.js';
import type { IncomingHttpHeaders } from 'node:http';
import { withoutNumbers } from './fields.js';

/** Why a request to Twilio brought no result. */
export type Failure =
  /** Twilio refused, in its own words: nothing was done. */
  | { kind: 'refused'; status: number; code: number; message: string }
  /**
   * Twilio's own 429: nothing was done. The request may be repeated after the pause, if the reply
   * gives one.
   */
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  /** Not a byte of the request was sent. */
  | { kind: 'unreachable'; message: string }
  /**
   * It is not known whether the request was carried out: no reply, a server error, or a reply that
   * is not Twilio's.
   */
  | { kind: 'unanswered'; status: number | null; message: string };

/** Thrown through Twilio's client, which passes it on unchanged. */
export class RequestFailed extends Error {
  constructor(readonly failure: Failure) {
    super(describe(failure));
    this.name = 'RequestFailed';
  }
}

export interface Reply {
  statusCode: number;
  /** JSON, still as text; a proxy's reply may be anything. */
  body: string;
  headers: IncomingHttpHeaders;
}

/**
 * Twilio's codes have at least five digits; smaller ones are a proxy's repetition of its HTTP
 * status.
 */
const CODE_MIN = 10_000;

/**
 * Decides, for every request, who wrote a reply; no other code does. Null for a success: each
 * request then checks that the reply has what it asked for. A refusal counts as Twilio's only if it
 * has a code of Twilio's (https://www.twilio.com/docs/usage/twilios-response), because a proxy in
 * between may answer 403, 404, 408, 451 or 429 too, even to a request that Twilio has carried out.
 */
export function failureIn(reply: Reply, now: Date): Failure | null {
  const { statusCode: status } = reply;
  if (status >= 200 && status < 300) return null;
  const words = wordsOf(reply.body);
  if (words === null) return { kind: 'unanswered', status, message: "not the carrier's answer" };
  if (status === 429) {
    const theirs = Date.parse(reply.headers.date ?? '');
    // A date from the carrier is compared with the carrier's clock.
    const asOf = Number.isNaN(theirs) ? now : new Date(theirs);
    return {
      kind: 'throttled',
      retryAfterSeconds: retryAfter(reply.headers['retry-after'], asOf),
    };
  }
  return status >= 400 && status < 500
    ? { kind: 'refused', status, ...words }
    : { kind: 'unanswered', status, message: `${words.code}: ${words.message}` };
}

/**
 * The failure behind any error of a request. Our own error carries it; an error of the client means
 * that the reply could not be read.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailed) return error.failure;
  return { kind: 'unanswered', status: null, message: 'the reply makes no sense' };
}

/** Contains no numbers; for logs, timelines and the doctor. */
export function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'refused':
      return `HTTP ${failure.status}, ${failure.code}: ${failure.message}`;
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

/** SignalWire has some of its errors in a list. */
function errorIn(value: unknown): Record<'code' | 'message', unknown> {
  const { errors } = Object(value) as { errors?: unknown };
  const first: unknown = Array.isArray(errors) ? errors[0] : value;
  return Object(first) as Record<'code' | 'message', unknown>;
}

/** Twilio's code and message; null when Twilio did not write the body. */
function wordsOf(body: string): { code: number; message: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  const { code, message } = errorIn(value);
  if (!Number.isInteger(code) || (code as number) < CODE_MIN) return null;
  return {
    code: code as number,
    // Twilio's messages quote the numbers they complain about.
    message: typeof message === 'string' ? withoutNumbers(message) : 'no reason given',
  };
}
