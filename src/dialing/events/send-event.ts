import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { isPrivateAddress } from '../../shared/private-address.js';

export interface SentEvent {
  /** HTTP status; null when there was no reply. */
  status: number | null;
  error: string | null;
}

const TIMEOUT_MS = 10_000;

/** Why a URL may not be told of events; null when it may. */
export function endpointProblem(url: URL, allowedHosts: readonly string[]): string | null {
  const host = hostOf(url);
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  if (allowedHosts.includes(host)) {
    return url.protocol === 'https:' || url.protocol === 'http:' ? null : 'must be http or https';
  }
  if (url.protocol !== 'https:') return 'must be https';
  const isPrivate = isIP(host) !== 0 ? isPrivateAddress(host) : isLocalName(host);
  return isPrivate ? 'must be a public host, or one that WEBHOOK_ALLOWED_HOSTS lists' : null;
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
  const trusted = allowedHosts.includes(hostOf(url));
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const request = send(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
        signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
        agent: false,
        ...(trusted ? {} : { lookup: publicLookup }),
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

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

function publicLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, '');
      return;
    }
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => isPrivateAddress(address))) {
      callback(Object.assign(new Error('private address'), { code: 'EPRIVATE' }), '');
      return;
    }
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}

function isLocalName(host: string): boolean {
  return !host.includes('.') || /\.(localhost|local|internal|home\.arpa)$/.test(host);
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string'
    ? error.code
    : error.message.slice(0, 200);
}
