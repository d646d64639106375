import { describe, expect, it } from '@jest/globals';
import type { FormValues } from './account-form.js';
import { AsteriskKind } from './asterisk/asterisk.carrier.js';
import type { CarrierKind } from './carrier-kind.js';
import { PlivoKind } from './plivo/plivo.carrier.js';
import { TwilioKind } from './twilio/twilio.carrier.js';
import { VobizKind } from './vobiz/vobiz.carrier.js';

const SID = `AC${'7a'.repeat(16)}`;
const TWILIO: FormValues = {
  settings: { account_sid: SID, from_numbers: ['+12025550100', '+12025550101'] },
  secrets: { auth_token: 'token' },
};
const ASTERISK: FormValues = {
  settings: {
    ari_url: 'http://10.0.0.5:8088/ari/',
    username: 'patchbay',
    from_numbers: ['+12025550100'],
  },
  secrets: { password: 'long-enough' },
};
const PLIVO: FormValues = {
  settings: { auth_id: 'MANWVLYTK4ZWU1YTY4QA', from_numbers: ['+12025550100'] },
  secrets: { auth_token: 'token' },
};

function formOf(kind: CarrierKind) {
  if (!kind.form) throw new Error(`${kind.name} has no form`);
  return kind.form;
}
const twilio = formOf(new TwilioKind(null));
const asterisk = formOf(new AsteriskKind(null));
const plivo = formOf(new PlivoKind(null));

describe.each([
  ['twilio', twilio, TWILIO],
  ['asterisk', asterisk, ASTERISK],
  ['plivo', plivo, PLIVO],
  ['vobiz', formOf(new VobizKind(null)), PLIVO],
])('the form of %s', (_, form, values) => {
  it('says of each field what to enter, and which of them are secret', () => {
    for (const { properties } of [form.settingsSchema, form.secretsSchema]) {
      for (const [name, { description, writeOnly }] of Object.entries(properties)) {
        expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)]);
        expect([name, writeOnly]).toEqual([
          name,
          properties === form.secretsSchema.properties ? true : undefined,
        ]);
      }
    }
  });

  it('takes what is complete, and makes an account of it', () => {
    expect(form.faultsIn(values)).toEqual([]);
    const account = form.make({ ...values, key: 'mine', callsPerSecond: 3 });
    expect(account).toMatchObject({
      key: 'mine',
      callsPerSecond: 3,
      numbers: values.settings['from_numbers'],
      simulated: false,
    });
  });

  it('names each field that is missing, unknown or no text', () => {
    const fields = form
      .faultsIn({ settings: { more: 1 }, secrets: { other: 'x' } })
      .map(({ field }) => field);
    expect(fields).toContain('settings.more');
    expect(fields).toContain('secrets.other');
    const required = [
      ...(form.settingsSchema['required'] as string[]).map((name) => `settings.${name}`),
      ...(form.secretsSchema['required'] as string[]).map((name) => `secrets.${name}`),
    ];
    expect(fields).toEqual(expect.arrayContaining(required));
  });

  it('tells no secret in what it says is wrong', () => {
    const [name = ''] = Object.keys(form.secretsSchema.properties);
    const faults = form.faultsIn({ ...values, secrets: { [name]: 'with a space' } });
    expect(faults).toEqual([{ field: `secrets.${name}`, message: expect.any(String) }]);
    expect(JSON.stringify(faults)).not.toContain('with a space');
  });
});

describe('a Twilio account that is entered', () => {
  const faults = (settings: object, secrets: object = {}) =>
    twilio
      .faultsIn({
        settings: { ...TWILIO.settings, ...settings },
        secrets: { ...TWILIO.secrets, ...secrets },
      })
      .map(({ field }) => field);

  it.each<[object, object, string[]]>([
    [{ account_sid: 'AC12' }, {}, ['settings.account_sid']],
    [{ from_numbers: [] }, {}, ['settings.from_numbers']],
    [{ from_numbers: ['12025550100'] }, {}, ['settings.from_numbers.0']],
    [{ api_key_sid: `SK${'7a'.repeat(16)}` }, {}, ['secrets.api_key_secret']],
    [{}, { api_key_secret: 'secret' }, ['settings.api_key_sid']],
    [{ region: 'ie1' }, {}, ['settings.edge']],
    [{ region: 'us1' }, {}, []],
    [{ region: 'ie1', edge: 'dublin' }, {}, []],
    [{ api_base_url: 'http://twilio.example.com' }, {}, ['settings.api_base_url']],
    [{ api_base_url: 'https://twilio.example.com', edge: 'dublin' }, {}, ['settings.api_base_url']],
    [{ api_base_url: 'https://twilio.example.com' }, {}, []],
  ])('%j and %j: %j', (settings, secrets, fields) => {
    expect(faults(settings, secrets)).toEqual(fields);
  });

  it('is reached in its region, and has the paths with its key', () => {
    const account = twilio.make({
      key: 'ie',
      callsPerSecond: 1,
      settings: { ...TWILIO.settings, region: 'ie1', edge: 'dublin' },
      secrets: TWILIO.secrets,
    });
    expect(account.shownSettings).toMatchObject({
      account_sid: SID,
      api_base_url: 'https://api.dublin.ie1.twilio.com',
    });
    expect(JSON.stringify(account.shownSettings)).not.toContain('token');
  });
});

describe('an Asterisk that is entered', () => {
  it.each([
    [{ ari_url: 'ftp://pbx/ari' }, 'settings.ari_url'],
    [{ ari_url: 'http://user:secret@pbx/ari' }, 'settings.ari_url'],
    [{ dial: 'PJSIP {number}' }, 'settings.dial'],
    [{ media_format: 'opus' }, 'settings.media_format'],
  ])('%j: %s', (settings, field) => {
    const found = asterisk.faultsIn({
      ...ASTERISK,
      settings: { ...ASTERISK.settings, ...settings },
    });
    expect(found.map((fault) => fault.field)).toEqual([field]);
  });

  it('has the usual application, channel and format where nothing is said', () => {
    const account = asterisk.make({ ...ASTERISK, key: 'pbx', callsPerSecond: 10 });
    expect(account.shownSettings).toEqual({
      ari_url: 'http://10.0.0.5:8088/ari',
      username: 'patchbay',
      app: 'patchbay',
      dial: 'PJSIP/{number}',
      from_numbers: ['+12025550100'],
      media_format: 'ulaw',
    });
  });
});
