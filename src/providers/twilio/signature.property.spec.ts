import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import twilio from 'twilio';
import { anyText } from '../../../test/support/any-text.js';
import { sign, signedFields, verifyUpgradeSignature, verifyWebhookSignature } from './signature.js';

const TOKEN = '12345';
const FORM = 'application/x-www-form-urlencoded';

const plain = fc.string({
  unit: fc.constantFrom('a', 'b', 'X', 'Y', '0', '9', '.', '_', '~', '-'),
  minLength: 1,
  maxLength: 8,
});
const value = fc.string({ unit: 'grapheme', maxLength: 8 });
const fields = fc.array(fc.tuple(fc.oneof(plain, fc.constantFrom('a[b]', 'From')), value), {
  maxLength: 8,
});
const url = fc
  .record({
    scheme: fc.constantFrom('https', 'http'),
    host: fc.domain(),
    port: fc.constantFrom('', ':443', ':80'),
    path: fc.array(plain, { minLength: 1, maxLength: 4 }),
    query: fc.array(fc.tuple(plain, plain), { maxLength: 3 }),
  })
  .filter(({ scheme, port }) => port === '' || (port === ':443') === (scheme === 'https'))
  .map(({ scheme, host, port, path, query }) => {
    const search = query.map((pair) => pair.join('=')).join('&');
    return `${scheme}://${host}${port}/${path.join('/')}${search && `?${search}`}`;
  });

function accepts(seen: string, body: Buffer, type: string, signature: string): boolean {
  const headers = { 'content-type': type, 'x-twilio-signature': signature };
  const request = { method: 'POST', headers, body, urls: [seen] };
  return verifyWebhookSignature(request, ['', TOKEN]).valid;
}

const encoded = (pairs: [string, string][]) =>
  Buffer.from(new URLSearchParams(pairs).toString(), 'utf8');

/** The text with one of its characters replaced by another. */
function flip(text: string, at: number, by: number): string {
  const index = at % text.length;
  const code = text.charCodeAt(index) ^ (by % 127 || 1);
  return text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
}

const at = fc.nat(10_000);
const by = fc.integer({ min: 1, max: 126 });

describe('a signed form', () => {
  it('is accepted as the twilio package accepts it', () => {
    fc.assert(
      fc.property(url, url, fields, (signed, other, pairs) => {
        // The package sorts characters beyond the basic plane by UTF-16, while Twilio's page says
        // bytes.
        fc.pre(!/[\u{10000}-\u{10FFFF}]/u.test(signedFields(pairs)));
        const params: Record<string, string | string[]> = {};
        for (const name of new Set(pairs.map(([key]) => key))) {
          const values = pairs.filter(([key]) => key === name).map(([, text]) => text);
          params[name] = values.length === 1 ? (values[0] ?? '') : values;
        }
        const signature = twilio.getExpectedTwilioSignature(TOKEN, signed, params);
        for (const seen of [signed, other, signed.replace(/:(80|443)\//, '/')]) {
          expect(accepts(seen, encoded(pairs), FORM, signature)).toBe(
            twilio.validateRequest(TOKEN, signature, seen, params),
          );
        }
      }),
    );
  });

  it('is accepted under its own URL and refused with any character of it changed', () => {
    fc.assert(
      fc.property(url, fields, at, by, (signed, pairs, where, how) => {
        const signature = sign(TOKEN, signed, signedFields(pairs));
        expect(accepts(signed, encoded(pairs), FORM, signature)).toBe(true);
        const start = signed.indexOf('/', 8);
        const seen = signed.slice(0, start) + flip(signed.slice(start), where, how);
        expect(accepts(seen, encoded(pairs), FORM, signature)).toBe(false);
      }),
    );
  });

  it('is refused with any character of a value or name changed', () => {
    const some = fc.array(fc.tuple(plain, plain), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(url, some, at, at, by, fc.nat(1), (signed, pairs, which, where, how, part) => {
        const signature = sign(TOKEN, signed, signedFields(pairs));
        const changed = pairs.map((pair): [string, string] => [...pair]);
        const pair = changed[which % changed.length] ?? ['', ''];
        pair[part] = flip(pair[part] ?? '', where, how);
        // Without delimiters, fields can be divided differently and read the same: the carrier's
        // algorithm does not prevent that.
        fc.pre(signedFields(changed) !== signedFields(pairs));
        expect(accepts(signed, encoded(changed), FORM, signature)).toBe(false);
      }),
    );
  });

  it('is refused with any character of the signature changed', () => {
    fc.assert(
      fc.property(url, fields, at, by, (signed, pairs, where, how) => {
        const signature = sign(TOKEN, signed, signedFields(pairs));
        expect(accepts(signed, encoded(pairs), FORM, flip(signature, where, how))).toBe(false);
      }),
    );
  });

  it('is refused when another token signed', () => {
    fc.assert(
      fc.property(url, fields, fc.string(), (signed, pairs, token) => {
        fc.pre(token !== TOKEN);
        const signature = sign(token, signed, signedFields(pairs));
        expect(accepts(signed, encoded(pairs), FORM, signature)).toBe(false);
      }),
    );
  });
});

describe('a body signed by its hash', () => {
  it('is refused with any byte changed', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(url, bytes, at, fc.integer({ min: 1, max: 255 }), (base, body, where, how) => {
        const hash = createHash('sha256').update(body).digest('hex');
        const signed = `${base}${base.includes('?') ? '&' : '?'}bodySHA256=${hash}`;
        const signature = sign(TOKEN, signed);
        expect(accepts(signed, Buffer.from(body), 'application/json', signature)).toBe(true);
        const changed = Buffer.from(body);
        const index = where % changed.length;
        changed[index] = (changed[index] ?? 0) ^ how;
        expect(accepts(signed, changed, 'application/json', signature)).toBe(false);
      }),
    );
  });
});

describe('nothing that a stranger sends makes the check throw', () => {
  const text = fc.oneof(anyText(), fc.string());
  const header = fc.option(fc.oneof(text, fc.array(text, { maxLength: 3 })), { nil: undefined });

  it('whatever the method, headers, body and URLs are', () => {
    fc.assert(
      fc.property(
        fc.record({
          method: fc.oneof(fc.constantFrom('GET', 'POST', 'PUT'), text),
          headers: fc.record({
            'x-twilio-signature': header,
            'content-type': fc.oneof(text, fc.constantFrom(FORM, undefined)),
          }),
          body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          urls: fc.array(fc.oneof(text, url), { maxLength: 3 }),
        }),
        fc.array(text, { maxLength: 2 }),
        (request, tokens) => {
          expect(verifyWebhookSignature(request, tokens).valid).toBe(false);
          expect(verifyUpgradeSignature(request.headers, request.urls, tokens).valid).toBe(false);
        },
      ),
    );
  });
});
