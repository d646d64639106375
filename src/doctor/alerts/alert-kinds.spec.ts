import { describe, expect, it } from '@jest/globals';
import { mailAddresses, smtpUrl, webhookUrl } from './alert-kinds.js';

describe('SMTP_URL', () => {
  it('names server, port and sign-in', () => {
    expect(smtpUrl.parse('smtp://ops%40example.com:p%2Fw@mail.example.com')).toEqual({
      ok: true,
      value: {
        host: 'mail.example.com',
        port: 587,
        implicitTls: false,
        user: 'ops@example.com',
        password: 'p/w',
        distance: 'public',
      },
    });
    expect(smtpUrl.parse('smtps://[::1]/')).toMatchObject({
      value: { host: '::1', port: 465, implicitTls: true, user: null, distance: 'here' },
    });
    expect(smtpUrl.parse('smtp://relay:25')).toMatchObject({ value: { distance: 'private' } });
    expect(smtpUrl.parse('smtp://10.0.0.7:25')).toMatchObject({ value: { distance: 'private' } });
  });

  it.each([
    'mail.example.com',
    'http://mail.example.com',
    'smtp://user@mail.example.com',
    'smtp://:word@mail.example.com',
    'smtp://mail.example.com/path',
    'smtp://mail.example.com?ignoreTLS=true',
    'smtp://u:%zz@mail.example.com',
  ])('is not %s', (text) => {
    expect(smtpUrl.parse(text).ok).toBe(false);
  });
});

describe('ALERTS_WEBHOOK_URL', () => {
  it.each(['https://hooks.example.com/T/B?x=1', 'http://chat:8065/hooks/x', 'http://10.0.0.7/x'])(
    'may be %s',
    (text) => {
      expect(webhookUrl.parse(text)).toEqual({ ok: true, value: text });
    },
  );

  it.each(['http://hooks.example.com/T', 'https://u:p@hooks.example.com', 'ftp://chat/', 'chat'])(
    'is not %s',
    (text) => {
      expect(webhookUrl.parse(text).ok).toBe(false);
    },
  );
});

it('ALERTS_EMAIL_TO holds addresses, and nothing that could become a header', () => {
  expect(mailAddresses.parse('a@example.com, b+c@example.org,a@example.com')).toEqual({
    ok: true,
    value: ['a@example.com', 'b+c@example.org'],
  });
  for (const text of ['a', 'a@', 'Ops <a@example.com>', 'a@example.com\r\nBcc: b@c.de', 'a@b.c,']) {
    expect(mailAddresses.parse(text).ok).toBe(false);
  }
});
