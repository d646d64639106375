import { isQuickTunnel, readMetrics, readQuickTunnel } from './tunnel-hostname.js';

const KIB = 1024;

/** One address at which cloudflared's metrics may be. */
export interface MetricsAddress {
  /** http(s) origin, no trailing slash. */
  origin: string;
  /**
   * True for an address that the operator configured: any public host name is believed.
   * Elsewhere another program may be listening, so only the domain of quick tunnels is believed.
   */
  trusted: boolean;
}

export type TunnelAnswer = { hostname: string } | { problem: string };

/**
 * Asks one address for its public host name: `/quicktunnel` first, then
 * `/metrics`, where named tunnels and older releases have it. Redirects are not
 * followed. Never throws; ends early when `signal` fires.
 */
export async function askCloudflared(
  address: MetricsAddress,
  signal: AbortSignal,
): Promise<TunnelAnswer> {
  try {
    const quick = await get(`${address.origin}/quicktunnel`, 64 * KIB, signal);
    const hostname =
      readQuickTunnel(quick) ??
      readMetrics(await get(`${address.origin}/metrics`, 1024 * KIB, signal));
    if (hostname === null) return { problem: `${address.origin} names no public host` };
    if (!address.trusted && !isQuickTunnel(hostname))
      return {
        problem: `${address.origin} names a host outside trycloudflare.com; set TUNNEL_METRICS_URL to believe it, or PUBLIC_URL`,
      };
    return { hostname };
  } catch (error) {
    return { problem: `${address.origin}: ${reasonOf(error)}` };
  }
}

/** The body of a 200; empty for any other status, so that the next path is asked. */
async function get(url: string, maxBytes: number, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { redirect: 'manual', signal });
  if (response.status === 200) return readBody(response, maxBytes);
  await response.body?.cancel();
  return '';
}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body and closes the connection.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`its answer is larger than ${maxBytes / KIB} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch` hides the reason in `cause`. The check is by shape and not by class, because the error may come from another realm. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message ?? 'cannot be asked';
}
