import type { AddressInfo } from 'node:net';

/** The part of a server that shows where it listens. */
export interface Listening {
  address(): AddressInfo | string | null;
}

/**
 * The origin at which a server is reached from this machine, without a trailing slash.
 *
 * @param server null, or one that does not listen yet: then the configured port counts
 */
export function localOrigin(
  server: Listening | null,
  wanted: { host: string; port: number },
): string {
  const address = server?.address();
  const port = typeof address === 'object' && address ? address.port : wanted.port;
  return `http://${localHost(wanted.host)}:${port}`;
}

function localHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
