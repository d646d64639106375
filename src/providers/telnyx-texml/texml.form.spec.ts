import { describe, expect, it } from '@jest/globals';
import { TexmlForm } from './texml.form.js';
import { TexmlCarrier } from './texml.carrier.js';

const form = new TexmlForm((account, key) => new TexmlCarrier(account, key));
const SETTINGS = {
  account_sid: '3e6f995f-85f7-4705-9741-53b116d28237',
  application_sid: '1684641123236054244',
  public_key: 'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=',
  from_numbers: ['+12025550100'],
};
const SECRETS = { api_key: 'KEY018B' };

describe('a TeXML application that is entered', () => {
  it('becomes an account, whose API key is not shown', () => {
    const values = { settings: SETTINGS, secrets: SECRETS };
    expect(form.faultsIn(values)).toEqual([]);
    const account = form.make({ ...values, key: 'telnyx-eu', callsPerSecond: 2 });
    expect(account).toMatchObject({ key: 'telnyx-eu', kind: 'telnyx-texml', callsPerSecond: 2 });
    expect(account.shownSettings).toEqual(SETTINGS);
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['settings.account_sid', { account_sid: 'account' }, {}],
    ['settings.application_sid', { application_sid: 'application' }, {}],
    ['settings.public_key', { public_key: 'short' }, {}],
    ['settings.from_numbers.0', { from_numbers: ['0301234'] }, {}],
    ['settings.api_base_url', { api_base_url: 'http://example.com' }, {}],
    ['secrets.api_key', {}, { api_key: 'two words' }],
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
