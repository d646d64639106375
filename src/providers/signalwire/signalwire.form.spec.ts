import { describe, expect, it } from '@jest/globals';
import { SignalWireForm } from './signalwire.form.js';
import { signalWireCarrier } from './signalwire.carrier.js';

const form = new SignalWireForm((account, key) => signalWireCarrier(account, key));
const SETTINGS = {
  space: 'Example',
  project_id: 'f8ff1a5e-0f5e-4d0e-9a3e-6a1f1e1f0a01',
  from_numbers: ['+12025550100'],
};
const SECRETS = { api_token: 'PTtoken', signing_key: 'PSKkey' };

describe('a SignalWire project that is entered', () => {
  it('becomes an account of its space, whose secrets are not shown', () => {
    const values = { settings: SETTINGS, secrets: SECRETS };
    expect(form.faultsIn(values)).toEqual([]);
    const account = form.make({ ...values, key: 'signalwire-us', callsPerSecond: 2 });
    expect(account).toMatchObject({ key: 'signalwire-us', kind: 'signalwire', callsPerSecond: 2 });
    expect(account.shownSettings).toEqual({
      project_id: SETTINGS.project_id,
      from_numbers: SETTINGS.from_numbers,
      api_base_url: 'https://example.signalwire.com/api/laml',
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['settings.space', { space: 'example.com' }, {}],
    ['settings.project_id', { project_id: 'project' }, {}],
    ['settings.from_numbers.0', { from_numbers: ['0301234'] }, {}],
    ['settings.api_base_url', { api_base_url: 'http://example.com' }, {}],
    ['secrets.signing_key', {}, { signing_key: 'two words' }],
  ])('is refused for a wrong %s, without its value', (field, settings, secrets) => {
    const faults = form.faultsIn({
      settings: { ...SETTINGS, ...settings },
      secrets: { ...SECRETS, ...secrets },
    });
    expect(faults.map((fault) => fault.field)).toEqual([field]);
    const value = Object.values({ ...settings, ...secrets }).flat()[0];
    expect(faults[0]?.message).not.toContain(value);
  });
});
