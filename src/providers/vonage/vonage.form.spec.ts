import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { privateKeyIn } from './private-key.js';
import { VonageCarrier } from './vonage.carrier.js';
import { VonageForm } from './vonage.form.js';

const form = new VonageForm((account, key) => new VonageCarrier(account, key));
const SETTINGS = {
  application_id: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
  api_key: 'abcd1234',
  from_numbers: ['+12025550100'],
};
const pemOf = (type: 'pkcs8' | 'pkcs1'): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type,
    format: 'pem',
  }) as string;
const PEM = pemOf('pkcs8');
const SECRETS = { private_key: PEM, signature_secret: 'signature-secret' };

describe('a Vonage application that is entered', () => {
  it('becomes an account, whose secrets are not shown', () => {
    const values = { settings: SETTINGS, secrets: SECRETS };
    expect(form.faultsIn(values)).toEqual([]);
    const account = form.make({ ...values, key: 'vonage-eu', callsPerSecond: 2 });
    expect(account).toMatchObject({ key: 'vonage-eu', kind: 'vonage', callsPerSecond: 2 });
    expect(account.shownSettings).toEqual(SETTINGS);
  });

  it('has a key in any of the forms that it is pasted in', () => {
    const pkcs1 = pemOf('pkcs1');
    for (const pem of [PEM, pkcs1]) {
      for (const text of [
        pem,
        pem.replaceAll('\n', ''),
        pem.replaceAll('\n', '\\n'),
        pem.replaceAll('\n', '\r\n'),
        `\n ${pem} `,
      ]) {
        expect(privateKeyIn(text)).toBe(pem);
      }
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(privateKeyIn(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)).toBeNull();
    expect(privateKeyIn(PEM.replace(/[A-Z]{3}/, '***'))).toBeNull();
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['settings.application_id', { application_id: 'application' }, {}],
    ['settings.api_key', { api_key: 'a key' }, {}],
    ['settings.from_numbers.0', { from_numbers: ['0301234'] }, {}],
    ['settings.api_base_url', { api_base_url: 'http://example.com' }, {}],
    ['secrets.signature_secret', {}, { signature_secret: 'two words' }],
    ['secrets.signature_secret', {}, { signature_secret: 'short' }],
    ['secrets.private_key', {}, { private_key: 'private-key' }],
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
