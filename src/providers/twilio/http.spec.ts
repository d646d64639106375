import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { retryAfter, TwilioHttp } from './http.js';

const NOW = new Date('2026-11-23T12:00:00Z');

describe('when to try again', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['soon', null],
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['99999999', 3_600],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
  ])('%j: %j', (header, seconds) => {
    expect(retryAfter(header, NOW)).toBe(seconds);
  });

  it('is read from a 429', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(429, { 'Retry-After': '3' }).end('{}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const asked = new TwilioHttp(1_000).request({
      method: 'POST',
      uri: `http://127.0.0.1:${port}/`,
    });
    await expect(asked).rejects.toMatchObject({ status: 429, retryAfterSeconds: 3 });
    server.close();
  });
});
