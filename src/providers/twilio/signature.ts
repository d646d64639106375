import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { bytesOf, formFields, isText, type RawFields } from '../form-fields.js';
import type { FormFields, RawRequest } from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';

/** What a signature covers. */
export type SignedWebhook = Pick<RawRequest, 'method' | 'headers' | 'body' | 'urls'>;

export const SIGNATURE_HEADER = 'x-twilio-signature';

const DEFAULT_PORTS: Record<string, string> = { https: '443', wss: '443', http: '80', ws: '80' };
/** Base64 of a SHA-1. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;
const MISMATCH: SignatureVerdict = { valid: false, reason: 'mismatch' };
const NO_FIELDS = (): string[] => [''];

/**
 * Checks a webhook against Twilio's algorithm (Twilio docs, "Security"): base64 of HMAC-SHA1 over
 * the public URL and, for a form POST, its sorted fields.
 *
 * @param tokens auth tokens that may have signed; two while they rotate. Empty ones are ignored.
 * @param header the one that has the signature; default Twilio's
 */
export function verifyWebhookSignature(
  request: SignedWebhook,
  tokens: readonly string[],
  header: string = SIGNATURE_HEADER,
): SignatureVerdict {
  const { method, body } = request;
  const verify = (urls: readonly string[], readings: () => readonly string[]): SignatureVerdict =>
    verifyGiven(request.headers[header], urls, readings, tokens);
  const variants = request.urls.flatMap(urlVariants);
  if (method === 'GET') {
    // Everything in a GET of Twilio is in the signed query; a body would be unsigned.
    return body.length > 0 ? MISMATCH : verify(variants, NO_FIELDS);
  }
  if (isForm(request.headers['content-type'])) {
    return verify(variants, () => readingsOf(formFields(body)));
  }
  const verdict = verify(variants, NO_FIELDS);
  if (!verdict.valid) return verdict;
  return bodyHashMatches(request.urls, body) ? verdict : { valid: false, reason: 'body-mismatch' };
}

/**
 * Checks the upgrade of a media stream: the `wss://` URL and nothing else. Twilio advises trying a
 * trailing slash too.
 */
export function verifyUpgradeSignature(
  headers: IncomingHttpHeaders,
  urls: readonly string[],
  tokens: readonly string[],
): SignatureVerdict {
  const slashed = urls.flatMap((url) => [url, url.endsWith('/') ? url.slice(0, -1) : `${url}/`]);
  return verifyGiven(headers[SIGNATURE_HEADER], slashed.flatMap(urlVariants), NO_FIELDS, tokens);
}

/** Every name once, in byte order, with each of its distinct values, sorted; values decoded, no delimiters. */
export function signedFields(fields: FormFields): string {
  const bytes = signedBytes(fields.map(([name, value]) => [bytesOf(name), bytesOf(value)]));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/**
 * The order is by bytes, as in Unix: upper case before lower. JavaScript's own order differs beyond
 * the basic plane; with one byte per character it is right.
 */
function signedBytes(fields: RawFields): string {
  const sorted = [...fields].sort(
    ([name, value], [other, its]) => byteOrder(name, other) || byteOrder(value, its),
  );
  let bytes = '';
  let last: readonly string[] = [];
  for (const field of sorted) {
    const [name, value] = field;
    if (name !== last[0] || value !== last[1]) bytes += name + value;
    last = field;
  }
  return bytes;
}

function byteOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * The texts of a form that may have been signed. A form in UTF-8 has only one. Bytes that are not
 * UTF-8 may have been signed as they are, as the Latin-1 letters that they probably mean, or as the
 * replacement character; Twilio's documentation does not say.
 */
function readingsOf(fields: RawFields): string[] {
  const others: Array<(bytes: string) => string> = [
    bytesOf,
    (bytes) => bytesOf(Buffer.from(bytes, 'latin1').toString('utf8')),
  ];
  const isAllText = fields.every(([name, value]) => isText(name) && isText(value));
  const readings = isAllText
    ? []
    : others.map((read) => {
        const reread = (part: string): string => (isText(part) ? part : read(part));
        return fields.map(([name, value]): [string, string] => [reread(name), reread(value)]);
      });
  return [fields, ...readings].map(signedBytes);
}

/** @param fields what follows the URL: a text is signed as UTF-8 */
export function sign(token: string, url: string, fields: string | Buffer = ''): string {
  return createHmac('sha1', token).update(url, 'utf8').update(fields).digest('base64');
}

/**
 * The forms in which Twilio may have signed one URL: as it is, with the host in lower case, with
 * and without the default port (its back ends differ), over https without any port, and with `'`,
 * `@` and `:` unescaped in the query. Credentials and fragments are never signed. The URL is split
 * as text, because parsing would escape it again.
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
  const tails = eachOnce(rest, unescapedQuery(rest));
  const variants: string[] = [];
  for (const name of eachOnce(host, host.toLowerCase())) {
    for (const suffix of ports) {
      for (const tail of tails) variants.push(`${scheme.toLowerCase()}://${name}${suffix}${tail}`);
    }
  }
  return variants;
}

function eachOnce(one: string, other: string): string[] {
  return one === other ? [one] : [one, other];
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

/**
 * @param readings the bytes that may have been signed after the URL; called only once the header
 *   has the right form
 */
function verifyGiven(
  header: string | string[] | undefined,
  urls: readonly string[],
  readings: () => readonly string[],
  tokens: readonly string[],
): SignatureVerdict {
  if (header === undefined || header === '') return { valid: false, reason: 'missing' };
  const given = typeof header === 'string' ? theOne(header) : null;
  if (given === null || !SIGNATURE.test(given)) return MISMATCH;
  const keys = tokens.filter((token) => token !== '');
  if (keys.length === 0) return { valid: false, reason: 'not-configured' };
  // Compared as texts: the last letter of a base64 has bits that decoding would ignore.
  const received = Buffer.from(given);
  const payloads = readings().map((bytes) => Buffer.from(bytes, 'latin1'));
  // The likeliest first. The time that a right signature takes tells which form of the URL was
  // signed, and its sender knows that; every wrong one takes as long as any other.
  for (const key of keys) {
    for (const url of urls) {
      for (const payload of payloads) {
        const expected = Buffer.from(sign(key, url, payload));
        if (timingSafeEqual(expected, received)) return { valid: true };
      }
    }
  }
  return MISMATCH;
}

/**
 * Node joins a header that arrived twice. Some proxies duplicate one; when two differ, both are
 * rejected.
 */
function theOne(header: string): string | null {
  const given = new Set(header.split(',').map((one) => one.trim()));
  const [one = ''] = given;
  return given.size === 1 ? one : null;
}

/** A body that is not a form is signed by its hash, in the signed query: `bodySHA256`, hex. */
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
