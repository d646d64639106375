/** Where a gateway is: what it calls itself in public, and where it really listens. */
export interface GatewayPlace {
  origin: string;
  url: string;
}

/** A request of a carrier's as it stands, whatever it says. */
export interface SentRequest {
  method: 'GET' | 'POST';
  /** Public. */
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface GotReply {
  status: number;
  contentType: string | null;
  text: string;
}

/** Sends it to where the gateway listens. @throws Error where the address is none of its */
export async function deliver(
  place: GatewayPlace | null,
  { method, url, headers, body }: SentRequest,
): Promise<GotReply> {
  if (!place || !url.startsWith(place.origin)) throw new Error('there is no way to this address');
  const reply = await fetch(url.replace(place.origin, place.url), {
    method,
    headers: { ...headers, Connection: 'close' },
    redirect: 'manual',
    ...(method === 'GET' ? {} : { body }),
  });
  return {
    status: reply.status,
    contentType: reply.headers.get('content-type'),
    text: await reply.text(),
  };
}

/** Where a stream's public URL really leads; one of another place leads there. */
export function localStream(place: GatewayPlace | null, url: string): string {
  if (!place) return url;
  const [origin, local] = [place.origin, place.url].map((one) => one.replace(/^http/, 'ws'));
  return url.replace(origin ?? '', local ?? '');
}
