import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether the browser reached us by https. `Origin` names the scheme that the browser
 * sees. Without an `Origin` the host decides, because the public host is https.
 */
export function cameByHttps(headers: IncomingHttpHeaders, publicOrigin: string | null): boolean {
  if (headers.origin !== undefined) return headers.origin.startsWith('https://');
  const { host } = headers;
  return host !== undefined && publicOrigin !== null && hostOf(publicOrigin) === host.toLowerCase();
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
