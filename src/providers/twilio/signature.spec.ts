import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { SignatureVerdict } from '../signature-verdict.js';
import { sign, signedFields, verifyUpgradeSignature, verifyWebhookSignature } from './signature.js';
import { cpuMsOf } from '../../../test/support/patience.js';

// Published by Twilio with its client libraries; their token is always 12345.
const TOKEN = '12345';
const URL_1 = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const FIELDS: Field[] = [
  ['CallSid', 'CA1234567890ABCDE'],
  ['Caller', '+14158675309'],
  ['Digits', '1234'],
  ['From', '+14158675309'],
  ['To', '+18005551212'],
];
const OVER_URL_1 = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
const JSON_BODY = '{"property": "value", "boolean": true}';
const JSON_HASH = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';
const FORM = 'application/x-www-form-urlencoded';

type Field = [name: string, value: string];

interface Webhook {
  method?: string;
  type?: string;
  body?: string;
  signature?: string | string[];
  tokens?: string[];
}

function check(seen: string | string[], webhook: Webhook): SignatureVerdict {
  const { method = 'POST', type = FORM, body = '', signature, tokens = [TOKEN] } = webhook;
  const headers: IncomingHttpHeaders = {
    ...(method === 'GET' ? {} : { 'content-type': type }),
    ...(signature === undefined ? {} : { 'x-twilio-signature': signature }),
  };
  const urls = typeof seen === 'string' ? [seen] : seen;
  return verifyWebhookSignature({ method, headers, body: Buffer.from(body), urls }, tokens);
}

const form = (fields: Field[]) => new URLSearchParams(fields).toString();
const VALID = { valid: true };
const MISMATCH = { valid: false, reason: 'mismatch' };

describe('Twilio’s published examples are accepted', () => {
  it.each([
    ['a form over https', URL_1, FIELDS, OVER_URL_1],
    ['with the default port signed', URL_1, FIELDS, 'kvajT1Ptam85bY51eRf/AJRuM3w='],
    [
      'over http with a port of its own',
      'http://mycompany.com:1234/myapp.php?foo=1&bar=2',
      FIELDS,
      'Zmvh+3yNM1Phv2jhDCwEM3q5ebU=',
    ],
    [
      'over http with the default port signed',
      'http://mycompany.com/myapp.php?foo=1&bar=2',
      FIELDS,
      '0ZXoZLH/DfblKGATFgpif+LLRf4=',
    ],
    ['with nothing in the form', URL_1, [], 'zYQTYrRWXE7LtzbG4PfP7/bkkGo='],
    [
      'the example of the security page',
      'https://example.com/myapp.php?foo=1&bar=2',
      FIELDS.map(([name, value]): Field => [name, value.replace('8675309', '8675310')]),
      'L/OH5YylLD5NRKLltdqwSvS0BnU=',
    ],
  ])('%s', (_, url, fields, signature) => {
    expect(check(url, { body: form(fields), signature })).toEqual(VALID);
  });

  it('a name repeated with two values, in any order and more than once', () => {
    const values = ['+1325xxxxxxx', '+1415xxxxxxx'];
    const signature = '83O6e2vORAoJHUNzJjDWN1jz+BA=';
    for (const list of [values, [...values].reverse(), [...values, ...values]]) {
      const body = form(list.map((value): Field => ['MessagingBinding.Address', value]));
      expect(check(URL_1, { body, signature })).toEqual(VALID);
    }
  });

  it.each([
    ['beside other parameters', `${URL_1}&bodySHA256=${JSON_HASH}`, 'a9nBmqA0ju/hNViExpshrM61xv4='],
    [
      'alone',
      `https://mycompany.com/myapp.php?bodySHA256=${JSON_HASH}`,
      'y77kIzt2vzLz71DgmJGsen2scGs=',
    ],
  ])('JSON with its hash in the query, %s', (_, url, signature) => {
    const webhook = { type: 'application/json', body: JSON_BODY, signature };
    expect(check(url, webhook)).toEqual(VALID);
  });

  it.each([
    ['without', 'FLxiAuOv6LX5JG7YSpydkpzXf4I='],
    ['with', 'hEvn/MF0pY/a1R62xpyEBR1zmgI='],
  ])('the upgrade of a stream, signed %s a trailing slash, however it is seen', (_, signature) => {
    const url = 'wss://gw.example.com/api/v1/telephony/ws/12/34/56';
    for (const seen of [url, `${url}/`, 'wss://GW.example.com:443/api/v1/telephony/ws/12/34/56']) {
      const headers = { 'x-twilio-signature': signature };
      expect(verifyUpgradeSignature(headers, [seen], [TOKEN])).toEqual(VALID);
    }
  });
});

describe('a form', () => {
  it('is signed with its names in byte order and its values decoded', () => {
    expect(
      signedFields([
        ['b', ' kept '],
        ['a[0]', ''],
        ['B', 'é'],
        ['\u{1F600}', 'x'],
        ['\uFFFD', 'y'],
        ['b', '+'],
        ['b', '+'],
      ]),
    ).toBe('Béa[0]b kept b+\uFFFDy\u{1F600}x');
  });

  it.each([
    ['in any order', 'b=2&a=1', 'a1b2'],
    ['with empty values', 'a=&b=2', 'ab2'],
    ['with brackets', 'a%5Bx%5D=1&a[y]=2', 'a[x]1a[y]2'],
    ['with plus, space and percent', 'a=%2B1+2%253', 'a+1 2%3'],
    ['with letters beyond ASCII', 'CallerName=J%C3%BCrgen+%E7%94%B0', 'CallerNameJürgen 田'],
    ['with bytes that are no UTF-8', 'a=%FF', 'a\uFFFD'],
  ])('is accepted %s', (_, body, text) => {
    expect(check(URL_1, { body, signature: sign(TOKEN, URL_1, text) })).toEqual(VALID);
  });

  it('is recognised by its media type, whatever follows and however it is written', () => {
    const webhook = { body: form(FIELDS), signature: OVER_URL_1 };
    for (const type of [`${FORM}; charset=UTF-8`, 'Application/X-WWW-Form-Urlencoded ']) {
      expect(check(URL_1, { ...webhook, type })).toEqual(VALID);
    }
  });

  it('must be signed itself, even where the URL holds a bodySHA256 that fits', () => {
    const body = form(FIELDS);
    const hash = createHash('sha256').update(body).digest('hex');
    const url = `${URL_1}&bodySHA256=${hash}`;
    expect(check(url, { body, signature: sign(TOKEN, url) })).toEqual(MISMATCH);
    const signature = sign(TOKEN, url, signedFields(FIELDS));
    expect(check(url, { body, signature })).toEqual(VALID);
  });

  it('of the largest size and with the most names is checked quickly', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => (index * 7919).toString(36));
    const webhook = { body: names.join('&'), signature: OVER_URL_1 };
    expect(cpuMsOf(() => expect(check(URL_1, webhook)).toEqual(MISMATCH))).toBeLessThan(5_000);
  });
});

describe('a GET', () => {
  const url = `${URL_1}&CallSid=CA1&From=%2B1415`;
  const signature = sign(TOKEN, url);

  it('is signed by its URL alone', () => {
    expect(check(url, { method: 'GET', signature })).toEqual(VALID);
    expect(check(`${url}0`, { method: 'GET', signature })).toEqual(MISMATCH);
  });

  it('is refused with a body, which no signature covers', () => {
    expect(check(url, { method: 'GET', signature, body: 'a=b' })).toEqual(MISMATCH);
  });
});

describe('a body that is no form', () => {
  const upper = JSON_HASH.toUpperCase();
  it.each([
    ['is accepted with its hash in capitals', `?bodySHA256=${upper}`, JSON_BODY, true],
    ['is accepted when empty, without a hash', '', '', true],
    ['is refused when it is not the one hashed', `?bodySHA256=${JSON_HASH}`, '{}', false],
    ['is refused without a hash', '', JSON_BODY, false],
    ['is refused with an empty hash', '?bodySHA256=', JSON_BODY, false],
    ['is refused with a hash cut short', `?bodySHA256=${JSON_HASH.slice(2)}`, JSON_BODY, false],
    [
      'is refused with two hashes, even right ones',
      `?bodySHA256=${JSON_HASH}&bodySHA256=${JSON_HASH}`,
      JSON_BODY,
      false,
    ],
    ['takes no hash from the fragment', `#bodySHA256=${JSON_HASH}`, JSON_BODY, false],
    ['takes no hash of another case', `?bodysha256=${JSON_HASH}`, JSON_BODY, false],
  ])('%s', (_, query, body, valid) => {
    const url = `https://a.example/hook${query}`;
    const signature = sign(TOKEN, url.replace(/#.*/, ''));
    const verdict = check(url, { type: 'application/json', body, signature });
    expect(verdict).toEqual(valid ? VALID : { valid: false, reason: 'body-mismatch' });
  });

  it('is refused for its signature first', () => {
    const url = `https://a.example/hook?bodySHA256=${JSON_HASH}`;
    const webhook = { type: 'application/json', body: JSON_BODY, signature: OVER_URL_1 };
    expect(check(url, webhook)).toEqual(MISMATCH);
  });
});

describe('the URL', () => {
  it.each([
    ['https, seen without its port', 'https://a.example/x', 'https://a.example:443/x'],
    ['https, seen with its port', 'https://a.example:443/x', 'https://a.example/x'],
    ['http, seen without its port', 'http://a.example/x', 'http://a.example:80/x'],
    ['http, seen with its port', 'http://a.example:80/x', 'http://a.example/x'],
    ['an https port, which voice drops', 'https://a.example:8443/x', 'https://a.example/x'],
    ['an https port that is kept', 'https://a.example:8443/x', 'https://a.example:8443/x'],
    ['an http port', 'http://a.example:8080/x', 'http://a.example:8080/x'],
    ['an IPv6 address with its port', 'https://[::1]:443/x', 'https://[::1]/x'],
    ['a mixed-case host as configured', 'https://Calls.Example/X', 'https://Calls.Example/X'],
    ['a mixed-case host in lower case', 'https://Calls.Example/X', 'https://calls.example/X'],
    ['a scheme in capitals', 'HTTPS://a.example/x', 'https://a.example/x'],
    ['user and password', 'https://user:p%40ss@a.example/x', 'https://a.example/x'],
    ['a user', 'https://user@a.example:443/x', 'https://a.example/x'],
    ['a fragment', 'https://a.example/x?y=1#rc=3&rp=5xx,ct,rt', 'https://a.example/x?y=1'],
    ['plus and apostrophe', "https://a.example/x?n=W+O'hara", "https://a.example/x?n=W+O'hara"],
    [
      'what is escaped on the wire alone',
      'https://a.example/x?n=O%27hara+1&c=client%3abob%40x',
      "https://a.example/x?n=O'hara+1&c=client:bob@x",
    ],
    ['letters beyond ASCII', 'https://a.example/ü?n=é', 'https://a.example/ü?n=é'],
    ['dots and empty segments', 'https://a.example/a/..//b/./', 'https://a.example/a/..//b/./'],
    ['a bare origin', 'https://a.example?x', 'https://a.example?x'],
  ])('may have %s', (_, seen, signed) => {
    expect(check(seen, { method: 'GET', signature: sign(TOKEN, signed) })).toEqual(VALID);
  });

  it.each([
    ['another default port', 'https://a.example/x', 'https://a.example:80/x'],
    ['another port', 'http://a.example:8080/x', 'http://a.example:8081/x'],
    ['an http port dropped', 'http://a.example:8080/x', 'http://a.example/x'],
    ['another scheme', 'https://a.example/x', 'http://a.example/x'],
    ['a path in another case', 'https://a.example/X', 'https://a.example/x'],
    ['a trailing slash', 'https://a.example/x', 'https://a.example/x/'],
    ['a decoded path', 'https://a.example/o%27hara', "https://a.example/o'hara"],
    ['a space for a plus', 'https://a.example/x?a=1+2', 'https://a.example/x?a=1%202'],
    ['its fragment signed', 'https://a.example/x#rc=2', 'https://a.example/x#rc=2'],
    ['its credentials signed', 'https://u:p@a.example/x', 'https://u:p@a.example/x'],
    ['a host hidden in credentials', 'https://a.example@b.example/x', 'https://a.example/x'],
  ])('is refused with %s', (_, seen, signed) => {
    expect(check(seen, { method: 'GET', signature: sign(TOKEN, signed) })).toEqual(MISMATCH);
  });

  it('may be any of several', () => {
    const urls = ['https://new.example/x', 'https://old.example/x'];
    const signature = sign(TOKEN, 'https://old.example/x');
    expect(check(urls, { method: 'GET', signature })).toEqual(VALID);
    expect(check(urls.slice(0, 1), { method: 'GET', signature })).toEqual(MISMATCH);
    expect(check([], { method: 'GET', signature })).toEqual(MISMATCH);
    expect(check(['', 'no url', '//x'], { method: 'GET', signature })).toEqual(MISMATCH);
  });

  it('of a stream is signed as wss, with or without its port', () => {
    const seen = ['wss://a.example/ws/1/2/3'];
    const upgrade = (url: string) =>
      verifyUpgradeSignature({ 'x-twilio-signature': sign(TOKEN, url) }, seen, [TOKEN]);
    expect(upgrade('wss://a.example:443/ws/1/2/3')).toEqual(VALID);
    expect(upgrade('wss://a.example:443/ws/1/2/3/')).toEqual(VALID);
    expect(upgrade('https://a.example/ws/1/2/3')).toEqual(MISMATCH);
    expect(upgrade('wss://a.example:80/ws/1/2/3')).toEqual(MISMATCH);
    expect(upgrade('wss://a.example/ws/1/2/3//')).toEqual(MISMATCH);
    expect(upgrade('wss://a.example/ws/1/2/4')).toEqual(MISMATCH);
  });
});

describe('the tokens', () => {
  const body = form(FIELDS);
  it('may be two while they rotate', () => {
    for (const tokens of [
      [TOKEN, 'next'],
      ['next', TOKEN],
    ]) {
      expect(check(URL_1, { body, signature: OVER_URL_1, tokens })).toEqual(VALID);
    }
    expect(check(URL_1, { body, signature: OVER_URL_1, tokens: ['next'] })).toEqual(MISMATCH);
  });

  it('never include the empty one, even where it has signed', () => {
    const signature = sign('', URL_1, signedFields(FIELDS));
    expect(check(URL_1, { body, signature, tokens: [TOKEN, ''] })).toEqual(MISMATCH);
    for (const tokens of [[], [''], ['', '']]) {
      expect(check(URL_1, { body, signature, tokens })).toEqual({
        valid: false,
        reason: 'not-configured',
      });
    }
  });
});

describe('the header', () => {
  it('is missing when it is absent or empty', () => {
    for (const signature of [undefined, '']) {
      expect(check(URL_1, signature === undefined ? {} : { signature })).toEqual({
        valid: false,
        reason: 'missing',
      });
    }
  });

  it('is accepted when it is given twice with the same value, as some proxies do', () => {
    for (const signature of [`${OVER_URL_1}, ${OVER_URL_1}`, `${OVER_URL_1},${OVER_URL_1}`]) {
      expect(check(URL_1, { body: form(FIELDS), signature })).toEqual(VALID);
    }
  });

  it.each([
    ['a list', [OVER_URL_1, OVER_URL_1]],
    ['a list of one', [OVER_URL_1]],
    ['given twice, differently', `${OVER_URL_1}, ${OVER_URL_1.replace('R', 'S')}`],
    ['given twice, once empty', `${OVER_URL_1}, `],
    ['cut short', OVER_URL_1.slice(1)],
    ['without its padding', OVER_URL_1.slice(0, -1)],
    ['in the alphabet of URLs', OVER_URL_1.replace('/', '_')],
    ['in other case', OVER_URL_1.toLowerCase()],
    ['a hex digest', 'a'.repeat(40)],
    ['with a last letter that decodes alike', OVER_URL_1.replace('8=', '9=')],
    ['no text at all', '\u0000\uD800é'],
    ['huge', 'A'.repeat(1_000_000)],
  ])('is refused when it is %s', (_, signature) => {
    expect(check(URL_1, { body: form(FIELDS), signature })).toEqual(MISMATCH);
  });
});
