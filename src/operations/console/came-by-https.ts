import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether the browser reached us by https, by its own account: `Origin` names
 * the scheme that it sees. Without one, the host tells: the public one is https.
 */
export function cameByHttps(headers: IncomingHttpHeaders, publicOrigin: string | null): boolean {
  if (headers.origin !== undefined) return headers.origin.startsWith('https://');
  const { host } = headers;
  return host !== undefined && publicOrigin !== null && hostOf(publicOrigin) === host.toLowerCase();
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
