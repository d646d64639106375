import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { guardedLookup, outboundProblem, type OutboundRules } from '../../shared/outbound-guard.js';
import { retryAfter } from '../../shared/retry-after.js';
import { timeLimit } from '../../shared/time-limit.js';
import { failureOfConnection, failureOfReply, type SendFailure } from './send-failure.js';

export interface SentEvent {
  /** HTTP status; null when there was no reply. */
  status: number | null;
  /** Null: the reply was a 2xx. */
  failure: SendFailure | null;
  /**
   * The pause that the receiver asks for, in seconds, an hour at most; null: it
   * does not ask for one.
   */
  retryAfterSeconds: number | null;
}

const TIMEOUT_MS = 10_000;

/** Why events may not be sent to a URL; null when they may. */
export function endpointProblem(url: URL, allowedHosts: readonly string[]): string | null {
  return outboundProblem(url, rulesFor(allowedHosts));
}

function rulesFor(trustedHosts: readonly string[]): OutboundRules {
  return { schemes: ['https', 'http'], trustedHosts, setting: 'WEBHOOK_ALLOWED_HOSTS' };
}

/**
 * Makes one POST. The address that a name resolves to is checked where the
 * connection is made, so a name cannot resolve differently between check and
 * use; redirects are not followed. Never rejects.
 */
export async function sendEvent(
  target: string,
  headers: Record<string, string>,
  body: string,
  allowedHosts: readonly string[],
  stopping: AbortSignal,
): Promise<SentEvent> {
  const url = new URL(target);
  const problem = endpointProblem(url, allowedHosts);
  if (problem !== null) return noReply({ reason: 'url_refused', error: `the URL ${problem}` });
  const lookup = guardedLookup(url, rulesFor(allowedHosts));
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const request = send(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
        signal: timeLimit(TIMEOUT_MS, stopping),
        agent: false,
        ...(lookup ? { lookup } : {}),
      },
      (response) => {
        const { statusCode: status = 0, headers: said } = response;
        // The status is the answer; the body is not waited for.
        resolve({
          status,
          failure: status >= 200 && status < 300 ? null : failureOfReply(status, said.location),
          retryAfterSeconds: retryAfter(said['retry-after'], new Date()),
        });
        response.destroy();
      },
    );
    request.on('error', (error) => resolve(noReply(failureOfConnection(error))));
    request.end(body);
  });
}

function noReply(failure: SendFailure): SentEvent {
  return { status: null, failure, retryAfterSeconds: null };
}
