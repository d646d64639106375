import { describe, expect, it } from '@jest/globals';
import { ExotelCarrier } from './exotel.carrier.js';
import { ExotelForm } from './exotel.form.js';

const form = new ExotelForm((account, key) => new ExotelCarrier(account, key));
const SETTINGS = { account_sid: 'example1', flow_id: '123456', from_numbers: ['+918012345678'] };
const SECRETS = {
  api_key: 'key',
  api_token: 'token',
  webhook_token: 'a-token-of-24-characters',
};

describe('an Exotel account that is entered', () => {
  it('becomes an account whose secrets are not shown', () => {
    const values = { settings: SETTINGS, secrets: SECRETS };
    expect(form.faultsIn(values)).toEqual([]);
    const account = form.make({ ...values, key: 'exotel-in', callsPerSecond: 2 });
    expect(account).toMatchObject({ key: 'exotel-in', kind: 'exotel', callsPerSecond: 2 });
    expect(account.shownSettings).toEqual(SETTINGS);
  });

  it('shows another base for the API', () => {
    const api_base_url = 'https://api.exotel.com/v1';
    const values = { settings: { ...SETTINGS, api_base_url }, secrets: SECRETS };
    const account = form.make({ ...values, key: 'exotel-sg', callsPerSecond: 1 });
    expect(account.shownSettings).toMatchObject({ api_base_url });
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['settings.account_sid', { account_sid: 'a b' }, {}],
    ['settings.flow_id', { flow_id: 'my-flow' }, {}],
    ['settings.from_numbers.0', { from_numbers: ['08012345678'] }, {}],
    ['settings.api_base_url', { api_base_url: 'http://example.com' }, {}],
    ['secrets.api_token', {}, { api_token: 'two words' }],
    ['secrets.webhook_token', {}, { webhook_token: 'too-short' }],
    ['secrets.webhook_token', {}, { webhook_token: 'an&-in-a-token-of-a-url' }],
  ])('is refused for a wrong %s, without its value', (field, settings, secrets) => {
    const faults = form.faultsIn({
      settings: { ...SETTINGS, ...settings },
      secrets: { ...SECRETS, ...secrets },
    });
    expect(new Set(faults.map((fault) => fault.field))).toEqual(new Set([field]));
    const value = Object.values({ ...settings, ...secrets }).flat()[0];
    expect(JSON.stringify(faults)).not.toContain(value);
  });
});
