import { expect, it } from '@jest/globals';
import { localOrigin } from './local-origin.js';

const at = (port: number) => ({ address: () => ({ address: 'x', family: 'IPv4', port }) });

it.each([
  ['0.0.0.0', 'http://127.0.0.1:8000'],
  ['::', 'http://127.0.0.1:8000'],
  ['::1', 'http://[::1]:8000'],
  ['10.0.0.5', 'http://10.0.0.5:8000'],
  ['gateway', 'http://gateway:8000'],
])('a server on %s is reached at %s', (host, origin) => {
  expect(localOrigin(at(8000), { host, port: 0 })).toBe(origin);
});

it('the configured port is returned before the server listens', () => {
  const wanted = { host: '::', port: 8080 };
  for (const server of [null, { address: () => null }, { address: () => '/run/socket' }]) {
    expect(localOrigin(server, wanted)).toBe('http://127.0.0.1:8080');
  }
});
