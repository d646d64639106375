import { createHmac, randomInt } from 'node:crypto';

/** A request that is to be signed. The fields are decoded. */
export interface SignedRequest {
  method: 'GET' | 'POST';
  /** Without a fragment. */
  url: string;
  fields: ReadonlyArray<readonly [string, string]>;
  /** Which signatures it bears; by default both. */
  versions?: ReadonlyArray<'v2' | 'v3'>;
  /** Default: a new one. */
  nonce?: string;
}

export function newNonce(): string {
  return Array.from({ length: 20 }, () => String(randomInt(10))).join('');
}

function hmac(token: string, text: string): string {
  return createHmac('sha256', token).update(text, 'utf8').digest('base64');
}

/** Names in order, and the values of each in order. */
function inOrder(fields: ReadonlyArray<readonly [string, string]>): Array<[string, string]> {
  const byName = new Map<string, string[]>();
  for (const [name, value] of fields) byName.set(name, [...(byName.get(name) ?? []), value]);
  return [...byName.keys()]
    .sort()
    .flatMap((name) =>
      (byName.get(name) ?? []).sort().map((value): [string, string] => [name, value]),
    );
}

/** What Plivo signs in V3, by its library for Node. */
export function plivoText({ method, url, fields }: SignedRequest): string {
  const { protocol, host, pathname, searchParams } = new URL(url);
  const query = inOrder([...searchParams]);
  const address = `${protocol}//${host}${pathname}`;
  const asked = query.map((pair) => pair.join('=')).join('&');
  if (method === 'GET') return asked === '' ? address : `${address}?${asked}`;
  if (fields.length === 0) return asked === '' ? address : `${address}?${asked}`;
  const said = inOrder(fields)
    .map((pair) => pair.join(''))
    .join('');
  return asked === '' ? `${address}?${said}` : `${address}?${asked}.${said}`;
}

/** What V2 is over, and Vobiz's V3: neither query nor fields. */
function bare(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

export function plivoHeaders(request: SignedRequest, token: string): Record<string, string> {
  return headersOf('X-Plivo-Signature', request, token, plivoText(request));
}

export function vobizHeaders(request: SignedRequest, token: string): Record<string, string> {
  return headersOf('X-Vobiz-Signature', request, token, bare(request.url));
}

function headersOf(
  name: string,
  { url, versions = ['v2', 'v3'], nonce = newNonce() }: SignedRequest,
  token: string,
  text: string,
): Record<string, string> {
  const v2 = { [`${name}-V2`]: hmac(token, bare(url) + nonce), [`${name}-V2-Nonce`]: nonce };
  const v3 = { [`${name}-V3`]: hmac(token, `${text}.${nonce}`), [`${name}-V3-Nonce`]: nonce };
  return { ...(versions.includes('v2') ? v2 : {}), ...(versions.includes('v3') ? v3 : {}) };
}
