import { expect, test } from '@jest/globals';
import { natsServers } from './nats-servers.js';

const server = { host: 'nats', port: 4222, isTls: false, login: null };

test.each([
  ['nats://nats', [server]],
  ['nats://nats:4223/', [{ ...server, port: 4223 }]],
  ['tls://nats.example.com', [{ ...server, host: 'nats.example.com', isTls: true }]],
  ['nats://[::1]:4222', [{ ...server, host: '::1' }]],
  ['nats://us%40er:p%2Css@nats', [{ ...server, login: { user: 'us@er', pass: 'p,ss' } }]],
  ['nats://s3cr%3Et@nats', [{ ...server, login: { token: 's3cr>t' } }]],
  [
    'nats://a:b@one, tls://c@two:1',
    [
      { ...server, host: 'one', login: { user: 'a', pass: 'b' } },
      { host: 'two', port: 1, isTls: true, login: { token: 'c' } },
    ],
  ],
])('%s is taken', (text, value) => {
  expect(natsServers.parse(text)).toEqual({ ok: true, value });
});

test.each([
  'nats',
  'nats:4222',
  'nats://',
  'http://nats:4222',
  'ws://nats:8080',
  'nats://nats/path',
  'nats://nats?x=1',
  'nats://nats#x',
  'nats://:password@nats',
  'nats://%zz@nats',
  'nats://nats:70000',
  'nats://one,',
  'nats://one,two',
  'tls://10.0.0.7:4222',
  'tls://[::1]',
])('%s is refused', (text) => {
  expect(natsServers.parse(text).ok).toBe(false);
});
