import { describe, expect, it } from '@jest/globals';
import { mustBeAlone } from './must-be-alone.js';
import { AsteriskKind } from './providers/asterisk/asterisk.carrier.js';
import { SignalWireKind } from './providers/signalwire/signalwire.carrier.js';
import { TwilioKind } from './providers/twilio/twilio.carrier.js';

const SIGNALWIRE = {
  apiBaseUrl: 'https://example.signalwire.com/api/laml',
  projectId: '1b1b1b1b-1b1b-4b1b-8b1b-1b1b1b1b1b1b',
  apiToken: 'PT-token',
  signingKey: 'PSK-key',
  fromNumbers: ['+12025550100'],
  callsPerSecond: 1,
};

function alone(how: { publicUrl?: string; simulated?: boolean; signalWire?: boolean }) {
  const kinds = [
    new TwilioKind(null),
    new AsteriskKind(null),
    new SignalWireKind(how.signalWire ? SIGNALWIRE : null),
  ];
  const settings = {
    simulatedCarrier: { enabled: how.simulated ?? false },
    urls: { publicUrl: how.publicUrl ?? null },
  } as Parameters<typeof mustBeAlone>[0];
  return mustBeAlone(settings, kinds, { id: 'i', name: 'n' });
}

describe('an instance must be alone on its store', () => {
  it('with a simulated carrier, which is its own', () => {
    expect(alone({ simulated: true, publicUrl: 'https://calls.example.com' })).toMatchObject({
      fix: 'configure a carrier',
      withAccountsOf: null,
    });
  });

  it('without PUBLIC_URL, with an account of any carrier that must reach it', () => {
    expect(alone({ signalWire: true })).toMatchObject({
      fix: expect.stringMatching(/^set PUBLIC_URL/),
      withAccountsOf: null,
    });
  });

  it('without PUBLIC_URL, if the store has such an account', () => {
    expect(alone({})).toMatchObject({ withAccountsOf: ['twilio', 'signalwire'] });
  });

  it('and otherwise not', () => {
    expect(alone({ publicUrl: 'https://calls.example.com', signalWire: true })).toBeNull();
  });
});
