import { describe, expect, it } from '@jest/globals';
import { isFromOurPages } from './same-origin.js';

const HOST = 'calls.example.com';

describe('where a request with a cookie comes from', () => {
  it.each([
    // method, Sec-Fetch-Site, Origin, believed
    ['POST', 'same-origin', undefined, true],
    ['POST', 'same-origin', 'https://evil.example', true],
    ['POST', 'none', undefined, false],
    ['POST', 'same-site', `https://${HOST}`, false],
    ['POST', 'cross-site', `https://${HOST}`, false],
    ['POST', undefined, undefined, false],
    ['POST', undefined, 'null', false],
    ['POST', undefined, `https://${HOST}`, true],
    ['POST', undefined, `http://${HOST.toUpperCase()}`, true],
    ['POST', undefined, `https://${HOST}:8443`, false],
    ['POST', undefined, `https://${HOST}.evil.example`, false],
    ['POST', undefined, `https://evil.example/${HOST}`, false],
    ['POST', undefined, HOST, false],
    ['DELETE', undefined, undefined, false],
    ['PATCH', undefined, undefined, false],
    ['GET', undefined, undefined, true],
    ['GET', 'none', undefined, true],
    ['GET', 'same-origin', undefined, true],
    ['GET', 'same-site', undefined, false],
    ['GET', 'cross-site', undefined, false],
    ['HEAD', 'cross-site', undefined, false],
  ])('%s, Sec-Fetch-Site %s, Origin %s: %s', (method, site, origin, believed) => {
    const headers = { host: HOST, 'sec-fetch-site': site, origin };
    expect(isFromOurPages({ method, headers })).toBe(believed);
  });

  it('without a Host, no origin is ours', () => {
    expect(isFromOurPages({ method: 'POST', headers: { origin: 'https://x' } })).toBe(false);
  });
});
