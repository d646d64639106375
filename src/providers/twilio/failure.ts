import type { IncomingHttpHeaders } from 'node:http';
import { describe, throttled, unanswered, type ApiFailure, type Refusal } from '../api-failure.js';
import { withoutNumbers } from '../without-numbers.js';

/** Why a request to Twilio brought no result. */
export type Failure = ApiFailure<Refusal & { code: number }>;

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
  if (words === null) return unanswered(status);
  if (status === 429) return throttled(reply.headers, now);
  return status >= 400 && status < 500
    ? { kind: 'refused', status, ...words }
    : unanswered(status, `${words.code}: ${words.message}`);
}

/**
 * The failure behind any error of a request. Our own error carries it; an error of the client means
 * that the reply could not be read.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailed) return error.failure;
  return unanswered(null, 'the reply makes no sense');
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
