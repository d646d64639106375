import { describe, expect, it } from '@jest/globals';
import { signUpgrade, signWebhook, urlAsSigned, withUnescapedQuery } from './signature.js';

const TOKEN = '12345';
const URL_1 = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const FIELDS = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
};
const HASH = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';

describe('signatures published with the SDKs', () => {
  it.each([
    [URL_1, FIELDS, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['https://mycompany.com:443/myapp.php?foo=1&bar=2', FIELDS, 'kvajT1Ptam85bY51eRf/AJRuM3w='],
    ['http://mycompany.com:1234/myapp.php?foo=1&bar=2', FIELDS, 'Zmvh+3yNM1Phv2jhDCwEM3q5ebU='],
    ['http://mycompany.com:80/myapp.php?foo=1&bar=2', FIELDS, '0ZXoZLH/DfblKGATFgpif+LLRf4='],
    [
      'https://user:pass@mycompany.com/myapp.php?foo=1&bar=2',
      FIELDS,
      'CukzLTc1tT5dXEDIHm/tKBanW10=',
    ],
    ['https://user@mycompany.com/myapp.php?foo=1&bar=2', FIELDS, '2YRLlVAflCqxaNicjMpJcSTgzSs='],
    [
      URL_1,
      { 'MessagingBinding.Address': ['+1415xxxxxxx', '+1325xxxxxxx'] },
      '83O6e2vORAoJHUNzJjDWN1jz+BA=',
    ],
    [`${URL_1}&bodySHA256=${HASH}`, {}, 'a9nBmqA0ju/hNViExpshrM61xv4='],
    [`https://mycompany.com/myapp.php?bodySHA256=${HASH}`, {}, 'y77kIzt2vzLz71DgmJGsen2scGs='],
    [URL_1, {}, 'zYQTYrRWXE7LtzbG4PfP7/bkkGo='],
    [
      'https://example.com/myapp.php?foo=1&bar=2',
      { ...FIELDS, Caller: '+14158675310', From: '+14158675310' },
      'L/OH5YylLD5NRKLltdqwSvS0BnU=',
    ],
  ])('%s', (url, fields, signature) => {
    expect(signWebhook(url, fields, TOKEN)).toBe(signature);
  });

  it('signs an upgrade over its wss URL, with and without a trailing slash', () => {
    const url = 'wss://gw.example.com/api/v1/telephony/ws/12/34/56';
    expect(signUpgrade(url, TOKEN)).toBe('FLxiAuOv6LX5JG7YSpydkpzXf4I=');
    expect(signUpgrade(`${url}/`, TOKEN)).toBe('hEvn/MF0pY/a1R62xpyEBR1zmgI=');
  });
});

describe('what is signed', () => {
  it('leaves the fragment out', () => {
    expect(signWebhook(`${URL_1}#rc=3`, FIELDS, TOKEN)).toBe(signWebhook(URL_1, FIELDS, TOKEN));
  });

  it('counts a repeated value once, in any order', () => {
    const once = signWebhook(URL_1, { a: ['1', '2'] }, TOKEN);
    expect(signWebhook(URL_1, { a: ['2', '1', '2'] }, TOKEN)).toBe(once);
  });

  it.each([
    ['https://user:pass@host.example:8443/a?b=c#rc=1', 'https://host.example/a?b=c'],
    ['http://user@host.example:8080/a', 'http://host.example:8080/a'],
    ['https://Host.Example/A/../b?x=%27', 'https://Host.Example/A/../b?x=%27'],
  ])('%s is signed as %s', (url, signed) => {
    expect(urlAsSigned(url)).toBe(signed);
  });

  it("can leave ' @ and : of a query unescaped", () => {
    expect(withUnescapedQuery('https://h/%27?a=%27%40%3A%3a%2B')).toBe("https://h/%27?a='@::%2B");
  });
});
