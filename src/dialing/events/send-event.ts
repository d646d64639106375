import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { guardedLookup, outboundProblem, type OutboundRules } from '../../shared/outbound-guard.js';

export interface SentEvent {
  /** HTTP status; null when there was no reply. */
  status: number | null;
  error: string | null;
}

const TIMEOUT_MS = 10_000;

/** Why a URL may not be told of events; null when it may. */
export function endpointProblem(url: URL, allowedHosts: readonly string[]): string | null {
  return outboundProblem(url, rulesFor(allowedHosts));
}

function rulesFor(trustedHosts: readonly string[]): OutboundRules {
  return { schemes: ['https', 'http'], trustedHosts, setting: 'WEBHOOK_ALLOWED_HOSTS' };
}

/**
 * One POST. The address that a name resolves to is checked where the connection
 * is made, so a name cannot change its mind between check and use; redirects
 * are not followed.
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
  if (problem !== null) return { status: null, error: `the URL ${problem}` };
  const lookup = guardedLookup(url, rulesFor(allowedHosts));
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const request = send(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
        signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
        agent: false,
        ...(lookup ? { lookup } : {}),
      },
      (response) => {
        // The status is the answer; whatever else is sent is not waited for.
        resolve({ status: response.statusCode ?? null, error: null });
        response.destroy();
      },
    );
    request.on('error', (error) => {
      const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
      resolve({ status: null, error: timedOut ? 'no reply within 10 s' : reasonOf(error) });
    });
    request.end(body);
  });
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string'
    ? error.code
    : error.message.slice(0, 200);
}
