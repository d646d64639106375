import { createHmac } from 'node:crypto';
import type { FormFieldsLike } from '../form-fields.js';
import { toFormFields } from '../form-fields.js';

/** In case-sensitive Unix order of names and then of values, with each distinct pair once. */
function signedFields(fields: FormFieldsLike): string {
  const byName = new Map<string, Set<string>>();
  for (const [name, value] of toFormFields(fields)) {
    byName.set(name, (byName.get(name) ?? new Set()).add(value));
  }
  return [...byName.keys()]
    .sort()
    .map((name) =>
      [...(byName.get(name) ?? [])]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
}

/**
 * `X-Twilio-Signature` of a webhook (Twilio docs, Security): base64 of
 * HMAC-SHA1 over the URL and, for a form POST, its decoded fields.
 * `url` is used unchanged except for its fragment, which is never signed. For
 * how Twilio treats ports and credentials see {@link urlAsSigned}.
 */
export function signWebhook(url: string, fields: FormFieldsLike, authToken: string): string {
  return createHmac('sha1', authToken)
    .update(withoutFragment(url) + signedFields(fields), 'utf8')
    .digest('base64');
}

/** `x-twilio-signature` of a media stream's upgrade: over the `wss://` URL, without fields. */
export function signUpgrade(url: string, authToken: string): string {
  return signWebhook(url, [], authToken);
}

/**
 * The form of a voice webhook's URL that Twilio signs (Twilio docs, Security):
 * credentials are dropped; the port is dropped over HTTPS and kept over HTTP.
 */
export function urlAsSigned(url: string): string {
  const match = /^(https?:\/\/)(?:[^/?#]*@)?([^/?#]*)(.*)$/is.exec(withoutFragment(url));
  if (!match) return withoutFragment(url);
  const [, scheme = '', authority = '', rest = ''] = match;
  const host = scheme.toLowerCase() === 'https://' ? authority.replace(/:\d*$/, '') : authority;
  return scheme + host + rest;
}

/**
 * Twilio has been seen to sign `'`, `@` and `:` in a query unescaped although
 * the request carries them percent-encoded (twilio-node issues 621 and 1061).
 */
export function withUnescapedQuery(url: string): string {
  const query = url.indexOf('?');
  if (query < 0) return url;
  const plain = url.slice(query).replace(/%27/gi, "'").replace(/%40/gi, '@').replace(/%3a/gi, ':');
  return url.slice(0, query) + plain;
}

export function withoutFragment(url: string): string {
  const hash = url.indexOf('#');
  return hash < 0 ? url : url.slice(0, hash);
}
