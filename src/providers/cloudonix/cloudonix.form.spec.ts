import { describe, expect, it } from '@jest/globals';
import { CloudonixCarrier } from './cloudonix.carrier.js';
import { CloudonixForm } from './cloudonix.form.js';

const form = new CloudonixForm((account, key) => new CloudonixCarrier(account, key));
const SETTINGS = { domain: 'example.cloudonix.net', from_numbers: ['+12025550100'] };
const SECRETS = { api_key: 'XI-key', webhook_key: 'a-key-of-24-characters-x' };

describe('a domain at Cloudonix that is entered', () => {
  it('becomes an account whose secrets are not shown', () => {
    const values = { settings: SETTINGS, secrets: SECRETS };
    expect(form.faultsIn(values)).toEqual([]);
    const account = form.make({ ...values, key: 'cloudonix-us', callsPerSecond: 2 });
    expect(account).toMatchObject({ key: 'cloudonix-us', kind: 'cloudonix', callsPerSecond: 2 });
    expect(account.shownSettings).toEqual(SETTINGS);
  });

  it('shows another base for the API', () => {
    const api_base_url = 'https://cloudonix.example.com';
    const values = { settings: { ...SETTINGS, api_base_url }, secrets: SECRETS };
    const account = form.make({ ...values, key: 'cloudonix-2', callsPerSecond: 1 });
    expect(account.shownSettings).toMatchObject({ api_base_url });
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['settings.domain', { domain: 'a domain' }, {}],
    ['settings.from_numbers.0', { from_numbers: ['0301234'] }, {}],
    ['settings.api_base_url', { api_base_url: 'http://example.com' }, {}],
    ['secrets.api_key', {}, { api_key: 'two words' }],
    ['secrets.webhook_key', {}, { webhook_key: 'too-short' }],
  ])('is refused for a wrong %s, without its value', (field, settings, secrets) => {
    const faults = form.faultsIn({
      settings: { ...SETTINGS, ...settings },
      secrets: { ...SECRETS, ...secrets },
    });
    expect(faults.map((fault) => fault.field)).toEqual([field]);
    const value = Object.values({ ...settings, ...secrets }).flat()[0];
    expect(JSON.stringify(faults)).not.toContain(value);
  });
});
