import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { Log } from './logger.js';
import { Problem, type ProblemCode } from './problem.js';
import { runOfRequest } from './run-of-request.js';
import { replyBeforeBody } from './unread-bodies.js';

const CODE_BY_STATUS: Record<number, ProblemCode> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'invalid_request',
  416: 'range_not_satisfiable',
  429: 'rate_limited',
};

/** Sends every error of our own API as RFC 9457 `application/problem+json` with a stable `code`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const problem = this.translate(error, runOfRequest(response.req));
    if (response.headersSent) {
      response.end();
      return;
    }
    const { retryAfterSeconds, ...members } = problem.extras;
    if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response.setHeader('Cache-Control', 'no-store');
    // A file that was about to be sent has already set these headers, but the reply is not that
    // file.
    for (const name of ['ETag', 'Last-Modified', 'Accept-Ranges']) response.removeHeader(name);
    const range = rangeOf(error);
    if (range !== null) response.setHeader('Content-Range', range);
    replyBeforeBody(response.req, response);
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title: problem.code.replaceAll('_', ' '),
          status: problem.status,
          code: problem.code,
          detail: problem.detail,
          ...members,
        }),
      );
  }

  private translate(error: unknown, run: { workflow_run_id?: number }): Problem {
    if (error instanceof Problem) return error;
    // LEAF rooms do not import each other, so the store's error is recognized by its code.
    if (codeOf(error) === 'store_unavailable') {
      this.log.warn('store.unavailable', { ...run, error });
      return new Problem(
        'store_unavailable',
        'The database does not answer. Nothing was changed for certain; try again in a moment.',
        { retryAfterSeconds: 1 },
      );
    }
    const status = statusOf(error);
    const code = status === null ? undefined : CODE_BY_STATUS[status];
    if (code) return new Problem(code, describe(error, code));
    this.log.error('request.failed', { ...run, error });
    return new Problem('internal_error', 'Something went wrong here; the log tells what.');
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Reads the HTTP status that Nest's exceptions, and those of the body parsers, carry. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
    return error.status;
  }
  return null;
}

const DETAILS: Partial<Record<ProblemCode, string>> = {
  payload_too_large: 'The body is larger than 256 KiB.',
  not_found: 'There is no such page.',
  range_not_satisfiable: 'The file has no such range of bytes.',
  precondition_failed: 'The file is not the one that was asked for.',
};

function describe(error: unknown, code: ProblemCode): string {
  return DETAILS[code] ?? describeRequest(error);
}

/**
 * Describes a bad request in our own words, because the libraries' messages quote
 * what was sent.
 */
function describeRequest(error: unknown): string {
  const cause = causeOf(error);
  if (cause instanceof SyntaxError || codeOf(cause) === 'entity.parse.failed') {
    return 'The body is not valid JSON.';
  }
  if (cause instanceof URIError) return 'The path holds an escape that cannot be read.';
  return error instanceof Error ? error.message : 'The request cannot be understood.';
}

/** The original error, because Nest wraps the errors of Express and its parsers. */
function causeOf(error: unknown): unknown {
  return error instanceof HttpException ? (error.cause ?? error) : error;
}

/** The length of the file of which a range was requested, as `send` adds it to its error. */
function rangeOf(error: unknown): string | null {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || !('headers' in cause)) return null;
  const range = (cause.headers as Record<string, unknown> | undefined)?.['Content-Range'];
  return typeof range === 'string' ? range : null;
}
