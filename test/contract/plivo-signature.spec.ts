import { describe, expect, it } from '@jest/globals';
import { plivoHeaders, vobizHeaders } from '../../tools/carrier/plivo/signing.js';
import { VOBIZ } from '../../src/providers/vobiz/vobiz.dialect.js';
import { PLIVO, type PlivoDialect } from '../../src/providers/plivo/dialect.js';
import { Nonces } from '../../src/providers/nonces.js';
import { verifyUpgrade, verifyWebhook } from '../../src/providers/plivo/signature.js';

const TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

interface Given {
  dialect?: PlivoDialect;
  token: string;
  acceptsV2?: boolean;
  nonces?: Nonces;
  method?: string;
  url: string;
  body?: string;
  headers: Record<string, string>;
}

function verdictOf(given: Given) {
  const { dialect = PLIVO, token, acceptsV2 = false, nonces = new Nonces() } = given;
  const { method = 'POST', url, body = '', headers } = given;
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return verifyWebhook(
    {
      method,
      headers: { ...TYPE, ...(Object.fromEntries(lowered) as Record<string, string>) },
      body: Buffer.from(body),
      target: url.replace(/^https:\/\/[^/]*/, ''),
      urls: [url],
    },
    { authToken: token, acceptsV2, dialect, nonces },
  );
}

/** From the tests of Plivo's own library for Go (`utils_test.go`). */
describe('Plivo’s published vectors of V3', () => {
  const token = 'Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4';
  const nonce = '31627761595286130198';
  const plain = 'https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml';
  const asking = `${plain}/?a=b&c=d`;
  const id = '3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36';
  const fields: Array<[string, string]> = [
    ['Direction', 'outbound'],
    ['From', '19792014278'],
    ['CallStatus', 'in-progress'],
    ['BillRate', '0.002'],
    ['ParentAuthID', 'MANWVLYTK4ZWU1YTY4QA'],
    ['Event', 'StartApp'],
    ['SessionStart', '2020-04-08 11:34:33.238707'],
    ['To', 'sip:PlivoSignature382029104058171078704104@phone-qa.voice.plivodev.com'],
    ['SIP-H-To', '<sip:PlivoSignature382029104058171078704104@52.9.11.55;transport=udp>;tag=1'],
    ...['ALegUUID', 'ALegRequestUUID', 'CallUUID', 'RequestUUID'].map((name): [string, string] => [
      name,
      id,
    ]),
  ];
  const form = new URLSearchParams(fields).toString();
  const withFields = (url: string) => `${url}${url.includes('?') ? '&' : '?'}${form}`;

  it.each([
    ['POST', asking, form, 'k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c='],
    ['POST', plain, form, 'iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0='],
    ['GET', withFields(asking), '', 'UBq8jAtd32wR8EK9VgxbBn4n5rpI/l1H9iN4WfSEHFQ='],
    ['GET', withFields(plain), '', 'i/MQsaQSAd6fiKhOh2qeeeLHZ9faldADSb3/7+Akfbc='],
  ])('%s %s', (method, url, body, signature) => {
    const headers = (given: string) => ({
      'X-Plivo-Signature-V3': given,
      'X-Plivo-Signature-V3-Nonce': nonce,
    });
    const given = { token, method, url, body, headers: headers(signature) };
    expect(verdictOf(given)).toEqual({ valid: true });
    // Among others, and in any order; or as the one of the main account.
    const among = headers(`${'A'.repeat(43)}=, ${signature}`);
    expect(verdictOf({ ...given, headers: among })).toEqual({ valid: true });
    const { 'X-Plivo-Signature-V3': main, ...rest } = headers(signature);
    const ofMain = { ...rest, 'X-Plivo-Signature-Ma-V3': main };
    expect(verdictOf({ ...given, headers: ofMain })).toEqual({ valid: true });

    const mismatch = { valid: false, reason: 'mismatch' };
    expect(verdictOf({ ...given, token: `${token}x` })).toEqual(mismatch);
    expect(verdictOf({ ...given, url: url.replace('validate', 'Validate') })).toEqual(mismatch);
    expect(verdictOf({ ...given, headers: headers(signature.replace(/^./, 'B')) })).toEqual(
      mismatch,
    );
    const changed =
      method === 'GET'
        ? { url: url.replace('0.002', '0.003') }
        : { body: body.replace('0.002', '0.003') };
    expect(verdictOf({ ...given, ...changed })).toEqual(mismatch);
    expect(verdictOf({ ...given, method: 'PUT' })).toEqual(mismatch);
  });
});

/** From the tests of Plivo's own library for Node (`test/utils.js`). */
describe('Plivo’s V2', () => {
  const given = {
    token: 'my_auth_token',
    url: 'https://answer.url',
    headers: {
      'X-Plivo-Signature-V2': 'ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=',
      'X-Plivo-Signature-V2-Nonce': '12345',
    },
  };

  it('is accepted where the account says so, and only there', () => {
    expect(verdictOf({ ...given, acceptsV2: true })).toEqual({ valid: true });
    expect(verdictOf(given)).toEqual({ valid: false, reason: 'missing' });
    expect(verdictOf({ ...given, acceptsV2: true, token: 'my_auth_tokens' })).toEqual({
      valid: false,
      reason: 'mismatch',
    });
  });

  it('does not make up for a V3 that is wrong', () => {
    const wrong = {
      'X-Plivo-Signature-V3': `${'A'.repeat(43)}=`,
      'X-Plivo-Signature-V3-Nonce': '1',
    };
    const headers = { ...given.headers, ...wrong };
    expect(verdictOf({ ...given, acceptsV2: true, headers })).toEqual({
      valid: false,
      reason: 'mismatch',
    });
  });
});

/** Worked out by the rule that Vobiz describes; it publishes none. */
describe('Vobiz’s signatures', () => {
  const url = 'https://gw.example.com/vobiz/hangup/42';
  const nonce = '12345678901234567890';
  const V3 = 'UG30NKwEm1S3cUqCUxK7WZu+L2TT7rJ2Wra3tHuvNuo=';
  const V2 = '43WMlCCkmjRUZyAm0ZNmrSnbXkhiLqrt6zUdtYb1CFo=';
  const headers = (name: string, signature: string) => ({
    [`X-Vobiz-Signature-${name}`]: signature,
    [`X-Vobiz-Signature-${name.replace('MA-', '')}-Nonce`]: nonce,
  });
  const given = { dialect: VOBIZ, token: 'my_auth_token', url, body: 'CallUUID=c1' };
  const verdict = (more: Partial<Given>) =>
    verdictOf({ ...given, headers: headers('V3', V3), ...more }).valid;

  it('cover the URL without its query', () => {
    expect(verdict({})).toBe(true);
    expect(verdict({ url: `${url}?a=b`, body: 'CallUUID=c2' })).toBe(true);
    expect(verdict({ headers: headers('V2', V2) })).toBe(true);
    expect(
      verdict({
        token: 'parent_token',
        headers: headers('MA-V3', '6PADvmdqguhsfd+q6UIaH97/x3OSgeN2wnHxVod1EGY='),
      }),
    ).toBe(true);
  });

  it.each([
    ['of another token', 'cKI7MDcmHg0lFZBDnlem1WUKMjQkrTj05Ajh8J5rTls='],
    ['over the query', 'zBpXuecgonZbx9mO0B3RCzHAJ+YBw3Y6K1QRg8hjHVI='],
    ['by Plivo’s rule', 'YQvAqVN8vbfBa9c1/4bq4D9lWq9deP2JhMxZHf2SJxU='],
    ['of V2 as V3', V2],
  ])('%s are refused', (_, signature) => {
    expect(verdict({ headers: headers('V3', signature) })).toBe(false);
  });
});

describe('a nonce', () => {
  const url = 'https://gw.example.com/events/42';
  const fields: Array<[string, string]> = [['CallUUID', 'c1']];
  const signed = (sign: typeof plivoHeaders, nonce: string) =>
    sign({ method: 'POST', url, fields, nonce }, 'token');

  it('is good for one request, which may be repeated for a minute', () => {
    let now = 0;
    const nonces = new Nonces(() => now);
    const headers = signed(plivoHeaders, '11111111111111111111');
    const send = () => verdictOf({ token: 'token', url, body: 'CallUUID=c1', headers, nonces });
    expect(send()).toEqual({ valid: true });
    now = 60_000;
    expect(send()).toEqual({ valid: true });
    now = 60_001;
    expect(send()).toEqual({ valid: false, reason: 'replayed' });
    now = 4 * 3_600_000 - 1;
    expect(send()).toEqual({ valid: false, reason: 'replayed' });
  });

  it('is refused at once with anything else, though nothing of that is signed', () => {
    const nonces = new Nonces(() => 0);
    const headers = signed(vobizHeaders, '22222222222222222222');
    const send = (more: object) =>
      verdictOf({
        dialect: VOBIZ,
        token: 'token',
        url,
        body: 'CallUUID=c1',
        headers,
        nonces,
        ...more,
      });
    expect(send({})).toEqual({ valid: true });
    const replayed = { valid: false, reason: 'replayed' };
    expect(send({ body: 'CallUUID=c2' })).toEqual(replayed);
    expect(send({ url: `${url}?transfer=2` })).toEqual(replayed);
    expect(send({})).toEqual({ valid: true });
  });

  it('of a request that was not signed rightly is not used up', () => {
    const nonces = new Nonces(() => 0);
    const headers = signed(plivoHeaders, '33333333333333333333');
    const send = (body: string) => verdictOf({ token: 'token', url, body, headers, nonces });
    expect(send('CallUUID=c2').valid).toBe(false);
    expect(send('CallUUID=c1').valid).toBe(true);
  });

  it('is forgotten after some hours, or when there are very many', () => {
    let now = 0;
    const nonces = new Nonces(() => now);
    expect(nonces.take('a', ['x'])).toBe(true);
    for (let at = 0; at < 49_999; at++) nonces.take(`n${at}`, ['x']);
    expect(nonces.take('a', ['y'])).toBe(true);
    now = 4 * 3_600_000 + 1;
    expect(nonces.take('n49998', ['y'])).toBe(true);
  });
});

describe('the upgrade of a stream', () => {
  const url = 'wss://gw.example.com/api/v1/telephony/ws/1/2/3';
  const signer = () => ({
    authToken: 'token',
    acceptsV2: false,
    dialect: PLIVO,
    nonces: new Nonces(),
  });
  const lowered = (headers: Record<string, string>) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

  it.each([url, url.replace('wss', 'https')])('is signed as a GET of %s', (signedUrl) => {
    const headers = lowered(plivoHeaders({ method: 'GET', url: signedUrl, fields: [] }, 'token'));
    expect(verifyUpgrade(headers, [url], signer())).toEqual({ valid: true });
    expect(verifyUpgrade(headers, [`${url}4`], signer()).valid).toBe(false);
  });

  it('is no webhook’s', () => {
    const shared = signer();
    const headers = lowered(
      plivoHeaders({ method: 'GET', url: url.replace('wss', 'https'), fields: [] }, 'token'),
    );
    expect(verifyUpgrade(headers, [url], shared).valid).toBe(true);
    expect(verifyUpgrade(headers, [url, 'wss://other.example.com/'], shared)).toEqual({
      valid: false,
      reason: 'replayed',
    });
  });
});
