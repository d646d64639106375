import { isHostName, whyUnreachable } from '../config/host-name.js';

/** The metric in which cloudflared counts connections per public host name. */
const HOSTNAME_METRIC =
  /^cloudflared_tunnel_user_hostnames_counts\{(?:[^}\n]*,)?userHostname="([^"\n]*)"[^}\n]*\}[ \t]+(\S+)/gm;

/** A top-level domain is never a number. Such names are addresses, which tunnels do not have. */
function isPublicHostName(name: string): boolean {
  return isHostName(name) && /\.[^.]*[a-z][^.]*$/i.test(name) && whyUnreachable(name) === null;
}

/** The name in lower case, as a carrier may write it; null if it is not a public host name. */
function toHostname(text: unknown): string | null {
  return typeof text === 'string' && isPublicHostName(text) ? text.toLowerCase() : null;
}

/** Reads `/quicktunnel`: `{"hostname":"…"}`, with an empty name for a tunnel that is not a quick one. */
export function readQuickTunnel(body: string): string | null {
  try {
    const answer: unknown = JSON.parse(body);
    if (answer === null || typeof answer !== 'object' || !('hostname' in answer)) return null;
    return toHostname(answer.hostname);
  } catch {
    return null;
  }
}

/** Reads `/metrics`. The first host name that is in use counts. */
export function readMetrics(body: string): string | null {
  for (const [, label = '', count] of body.matchAll(HOSTNAME_METRIC)) {
    const hostname = toHostname(label.replace(/^https:\/\//i, ''));
    if (hostname !== null && Number(count) > 0) return hostname;
  }
  return null;
}

/** The domain of quick tunnels. */
export function isQuickTunnel(hostname: string): boolean {
  return hostname.endsWith('.trycloudflare.com');
}
