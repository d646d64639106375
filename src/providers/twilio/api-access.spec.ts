import { expect, it } from '@jest/globals';
import { apiLogin, monitorBase } from './api-access.js';

const account = {
  accountSid: `AC${'1b'.repeat(16)}`,
  authToken: 'a-token',
  authTokenSecondary: 'another',
  fromNumbers: ['+12025550100'],
  apiBaseUrl: null,
  callsPerSecond: 1,
};

it('we sign in with the API key, and without one with the account and its auth token', () => {
  const byToken = { username: account.accountSid, password: 'a-token' };
  expect(apiLogin(account)).toEqual(byToken);
  expect(apiLogin({ ...account, apiKey: null })).toEqual(byToken);
  expect(apiLogin({ ...account, apiKey: { sid: 'SK1', secret: 's' } })).toEqual({
    username: 'SK1',
    password: 's',
  });
});

it.each([
  ['https://api.twilio.com', 'https://monitor.twilio.com'],
  ['https://api.dublin.ie1.twilio.com', 'https://monitor.dublin.ie1.twilio.com'],
  ['https://api.sao-paulo.br1.twilio.com', 'https://monitor.sao-paulo.br1.twilio.com'],
  ['https://api.ie1.twilio.com', 'https://monitor.ie1.twilio.com'],
  ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
  ['https://api.example.com/twilio.com', 'https://api.example.com/twilio.com'],
  ['https://api.twilio.com.example.com', 'https://api.twilio.com.example.com'],
  ['https://proxy.example.com/api.twilio.com', 'https://proxy.example.com/api.twilio.com'],
])('beside %s alerts are asked of %s', (api, monitor) => expect(monitorBase(api)).toBe(monitor));
