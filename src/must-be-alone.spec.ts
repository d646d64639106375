import { expect, it } from '@jest/globals';
import { Instance } from './cluster/instance.js';
import { mustBeAlone } from './must-be-alone.js';
import { parseSettings } from './parse-settings.js';

const twilio = {
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: '0'.repeat(32),
  TWILIO_FROM_NUMBERS: '+15005550006',
};
const PUBLIC_URL = 'https://gw.example.com';
const instance = new Instance('api-1');
const verdict = (env: Record<string, string>) => mustBeAlone(parseSettings(env), instance);

it.each<[string, Record<string, string>, string, RegExp]>([
  ['without a carrier', { PUBLIC_URL }, 'configure a carrier', /simulated carrier/],
  [
    'with the simulated carrier',
    { PUBLIC_URL, SIMULATED_CARRIER: 'on' },
    'configure a carrier',
    /simulated carrier/,
  ],
  ['behind a tunnel', twilio, 'set PUBLIC_URL, the same for all', /tunnel/],
])('%s an instance must be alone', (_how, env, fix, because) => {
  expect(verdict(env)).toMatchObject({
    instanceId: instance.id,
    name: 'api-1',
    because: expect.stringMatching(because) as unknown,
    fix,
  });
});

it.each<[string, Record<string, string>]>([
  ['with a carrier and PUBLIC_URL', { ...twilio, PUBLIC_URL }],
  ['with nothing that carriers ask over the web', { SIMULATED_CARRIER: 'off' }],
])('%s it need not', (_how, env) => {
  expect(verdict(env)).toBeNull();
});
