import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FormFields, SignatureVerdict, SignedWebhook } from '../telephony-provider.js';

export const SIGNATURE_HEADER = 'x-twilio-signature';

const DEFAULT_PORTS: Record<string, string> = { https: '443', wss: '443', http: '80', ws: '80' };
/** Base64 of a SHA-1. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;
const MISMATCH: SignatureVerdict = { valid: false, reason: 'mismatch' };

/**
 * Checks a webhook against Twilio's algorithm (Twilio docs, "Security"): base64
 * of HMAC-SHA1 over the public URL and, for a form POST, its sorted fields.
 *
 * @param tokens auth tokens that may have signed; two while they rotate. Empty ones never have.
 */
export function verifyWebhookSignature(
  request: SignedWebhook,
  tokens: readonly string[],
): SignatureVerdict {
  const { method, body } = request;
  const variants = request.urls.flatMap(urlVariants);
  if (method === 'GET') {
    // What Twilio says by GET is all in the signed query; a body would be unsigned.
    return body.length > 0 ? MISMATCH : verify(request.headers, variants, '', tokens);
  }
  if (isForm(request.headers['content-type'])) {
    const fields = [...new URLSearchParams(body.toString('utf8'))];
    return verify(request.headers, variants, signedFields(fields), tokens);
  }
  const verdict = verify(request.headers, variants, '', tokens);
  if (!verdict.valid) return verdict;
  return bodyHashMatches(request.urls, body) ? verdict : { valid: false, reason: 'body-mismatch' };
}

/**
 * Checks the upgrade of a media stream: the `wss://` URL and nothing else. Twilio
 * advises to try a trailing slash too.
 */
export function verifyUpgradeSignature(
  headers: IncomingHttpHeaders,
  urls: readonly string[],
  tokens: readonly string[],
): SignatureVerdict {
  const slashed = urls.flatMap((url) => [url, url.endsWith('/') ? url.slice(0, -1) : `${url}/`]);
  return verify(headers, slashed.flatMap(urlVariants), '', tokens);
}

/** Every name once, in byte order, with each of its distinct values, sorted; values decoded, no delimiters. */
export function signedFields(fields: FormFields): string {
  const byName = new Map<string, Set<string>>();
  for (const [name, value] of fields) {
    const values = byName.get(name) ?? new Set<string>();
    byName.set(name, values.add(value));
  }
  let text = '';
  for (const name of byBytes(byName.keys())) {
    for (const value of byBytes(byName.get(name) ?? [])) text += name + value;
  }
  return text;
}

export function sign(token: string, url: string, fields = ''): string {
  return createHmac('sha1', token)
    .update(url + fields, 'utf8')
    .digest('base64');
}

/**
 * The forms in which Twilio may have signed one URL: as it is, with the host in
 * lower case, with and without the default port (its back ends differ), over
 * https without any port, and with `'`, `@` and `:` unescaped in the query.
 * Credentials and fragments are never signed. The URL is cut up as text:
 * parsing it would re-escape it.
 */
export function urlVariants(url: string): string[] {
  const match = /^(https?|wss?):\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?([^#]*)/i.exec(
    url,
  );
  if (!match) return [];
  const [, scheme = '', host = '', port, rest = ''] = match;
  const standard = DEFAULT_PORTS[scheme.toLowerCase()] ?? '';
  const ports =
    port === undefined || port === standard
      ? ['', `:${standard}`]
      : // Voice drops every port of an https URL.
        scheme.toLowerCase() === 'https'
        ? [`:${port}`, '']
        : [`:${port}`];
  const variants = [host, host.toLowerCase()].flatMap((name) =>
    ports.flatMap((suffix) =>
      [rest, unescapedQuery(rest)].map(
        (tail) => `${scheme.toLowerCase()}://${name}${suffix}${tail}`,
      ),
    ),
  );
  return [...new Set(variants)];
}

function unescapedQuery(pathAndQuery: string): string {
  const start = pathAndQuery.indexOf('?');
  if (start < 0) return pathAndQuery;
  const query = pathAndQuery
    .slice(start)
    .replace(/%27/g, "'")
    .replace(/%40/g, '@')
    .replace(/%3a/gi, ':');
  return pathAndQuery.slice(0, start) + query;
}

function verify(
  headers: IncomingHttpHeaders,
  urls: readonly string[],
  fields: string,
  tokens: readonly string[],
): SignatureVerdict {
  const given = headers[SIGNATURE_HEADER];
  if (given === undefined || given === '') return { valid: false, reason: 'missing' };
  if (typeof given !== 'string' || !SIGNATURE.test(given)) return MISMATCH;
  const keys = tokens.filter((token) => token !== '');
  if (keys.length === 0) return { valid: false, reason: 'not-configured' };
  // As texts: the last letter of a base64 has bits that decoding would pass over.
  const received = Buffer.from(given);
  let valid = false;
  // All of them, whichever matches: the time taken tells nothing.
  for (const key of keys) {
    for (const url of urls) {
      valid = timingSafeEqual(Buffer.from(sign(key, url, fields)), received) || valid;
    }
  }
  return valid ? { valid: true } : MISMATCH;
}

/** A body that is no form is signed by its hash, in the signed query: `bodySHA256`, hex. */
function bodyHashMatches(urls: readonly string[], body: Buffer): boolean {
  const query = urls[0]?.split('#', 1)[0]?.split('?').slice(1).join('?') ?? '';
  const told = new URLSearchParams(query).getAll('bodySHA256');
  if (told.length === 0) return body.length === 0;
  const [hash = ''] = told;
  if (told.length > 1 || !/^[0-9a-f]{64}$/i.test(hash)) return false;
  const actual = createHash('sha256').update(body).digest();
  return timingSafeEqual(actual, Buffer.from(hash, 'hex'));
}

function isForm(contentType: string | undefined): boolean {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return mediaType === 'application/x-www-form-urlencoded';
}

/**
 * Unix order: by bytes, upper case before lower. JavaScript's own order differs
 * beyond the basic plane, so the UTF-8 bytes are sorted, as a text of bytes:
 * without a comparator a body full of names does not hold up everyone else.
 */
function byBytes(texts: Iterable<string>): string[] {
  const list = [...texts];
  if (list.length < 2) return list;
  return list
    .map((text) => Buffer.from(text, 'utf8').toString('latin1'))
    .sort()
    .map((bytes) => Buffer.from(bytes, 'latin1').toString('utf8'));
}
