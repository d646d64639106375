import type { IncomingHttpHeaders } from 'node:http';
import { SAFE_METHODS } from '../shared/safe-methods.js';

/** What a browser says about where a request comes from. */
interface Provenance {
  method: string;
  headers: IncomingHttpHeaders;
}

/**
 * Whether a request with a cookie can be trusted to come from a page of ours.
 * Browsers send cookies by themselves, so a request that changes something needs proof:
 * `Sec-Fetch-Site`, which scripts cannot set (sent over https and to loopback),
 * or else an `Origin` that names the host the request was sent to. A request that only
 * reads may come without either, unless its headers say that it comes from elsewhere.
 */
export function isFromOurPages({ method, headers }: Provenance): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin') return true;
  if (SAFE_METHODS.has(method)) return site === undefined || site === 'none';
  return site === undefined && namesHost(headers.origin, headers.host);
}

/** Whether an `Origin` header names this host (with its port, unless it is the scheme's own). */
export function namesHost(origin: string | undefined, host: string | undefined): boolean {
  const named = /^https?:\/\/([^/]+)$/.exec(origin ?? '')?.[1];
  return named !== undefined && host !== undefined && named.toLowerCase() === host.toLowerCase();
}
