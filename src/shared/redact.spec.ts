import { connect } from 'node:net';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { redact } from './redact.js';

const CALL = `CA${'0123456789abcdef'.repeat(2)}`;

describe('a log line', () => {
  const names = `token stream_token authToken Authorization set-cookie x-twilio-signature api_key
    X-API-Key key password client_secret secrets digit digits audio payload body from to caller
    called ForwardedFrom caller_name number numbers context`;
  it.each(names.split(/\s+/))('never holds the value of a field named %s', (name) => {
    for (const value of ['x', 5, ['x'], { x: 'x' }, true]) {
      expect(redact({ [name]: value, a: [{ [name]: value }] })).toEqual({
        [name]: '[redacted]',
        a: [{ [name]: '[redacted]' }],
      });
    }
  });

  it('shows that a secret was absent', () => {
    expect(redact({ token: null, to: undefined })).toEqual({ token: null, to: undefined });
  });

  it.each([
    ['a number', 'call to +14155552671 failed', 'call to [number] failed'],
    ['several', '+14155552671,+4930123456', '[number],[number]'],
    ['one in a query', 'GET /x?From=%2B14155552671&y=1', 'GET /x?From=[number]&y=1'],
    ['one longer than numbers are', '+12345678901234567890', '[number]'],
    ['one beside a carrier’s id', `${CALL} to +14155552671`, `${CALL} to [number]`],
    ['a token in a URL', 'wss://a/ws?token=abc-1&b=2', 'wss://a/ws?token=[redacted]&b=2'],
    ['a number to be dialled', 'tel:911 sip:14155552671@host', '[number] [number]@host'],
    ['a SIP user', 'to sip:anna.smith@host:5060;x', 'to sip:[name]@host:5060;x'],
    ['a client', 'from client:anna-smith.', 'from client:[name]'],
    ['a WhatsApp number', 'whatsapp:+14155552671 rang', '[number] rang'],
    [
      'an address in a path',
      '/phone-numbers/sip%3Aanna%40host',
      '/phone-numbers/sip%3A[name]%40host',
    ],
    ['a caller’s name in a form', 'CallerName=Anna&x=1', 'CallerName=[redacted]&x=1'],
    ['a form', 'Digits=1234&From=anonymous&x=1', 'Digits=[redacted]&From=[redacted]&x=1'],
    [
      'a signature header',
      'X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=, x: 1',
      'X-Twilio-Signature: [redacted], x: 1',
    ],
    ['a signature', 'not RSOYDt4T1cUTdK1PDd93/VVr8B8= but', 'not [redacted] but'],
    ['an event’s signature', `v1,${'aB3/'.repeat(10)}aB3= `, 'v1,[redacted] '],
    ['a stream token', `got ${'aB3-'.repeat(10)}aB3.`, 'got [redacted].'],
    ['an auth token', `as ${'0123456789abcdef'.repeat(2)}:`, 'as [redacted]:'],
    ['a key of ours', 'key pbk_abcdefgh-1_2 used', 'key [redacted] used'],
    ['an endpoint’s secret', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD=', '[redacted]'],
    ['a key of OpenAI’s', '"sk-proj-abc_DEF123" is wrong', '"[redacted]" is wrong'],
    ['a database’s password', 'postgres://u:p%40ss@db/x', 'postgres://[redacted]@db/x'],
    [
      'quoted JSON',
      '{"token":"abc","digits": "12"}',
      '{"token":"[redacted]","digits": "[redacted]"}',
    ],
    ['a bearer key', 'got Bearer pb_0123456789abcdef!', 'got Bearer [redacted]!'],
  ])('holds no text with %s', (_, text, masked) => {
    expect(redact({ text, list: [text] })).toEqual({ text: masked, list: [masked] });
  });

  it('does not hold phone numbers in its field names either', () => {
    expect(redact({ '+14155552671': 1 })).toEqual({ '[number]': 1 });
  });

  it.each([
    ['carrier ids', CALL],
    ['times', '2026-08-04T09:12:01.123+00:00 1785834721123'],
    ['sums', '1 + 2 = 3, +5 and +123456'],
    ['prose', 'Basic authentication, Bearer of news, key=1, the token is wrong, from=1'],
    ['hashes and names', `${'ab'.repeat(32)} 123e4567-e89b-42d3-a456-426614174000 msg_1-2`],
    [
      'a tunnel’s name of 43 letters',
      'https://surgeons-bestsellers-conditional-broadcasts.example.com',
    ],
  ])('keeps %s', (_, text) => {
    expect(redact({ text })).toEqual({ text });
  });

  it('keeps plain values and times', () => {
    const fields = { count: 14155552671, ok: true, none: null, at: new Date(0) };
    expect(redact(fields)).toEqual({ ...fields, at: '1970-01-01T00:00:00.000Z' });
    expect(redact({ at: new Date(Number.NaN) })).toEqual({ at: null });
  });

  it('replaces bytes by their count', () => {
    expect(redact({ frame: Buffer.alloc(160), view: new Uint8Array(3) })).toEqual({
      frame: '[160 bytes]',
      view: '[3 bytes]',
    });
  });

  it('is cut beyond four levels, and so never endless', () => {
    const loop: Record<string, unknown> = {};
    loop['again'] = loop;
    expect(redact({ loop })).toEqual({ loop: { again: { again: { again: '[deep]' } } } });
  });

  it('does not change its input', () => {
    const fields = { token: 't', nested: { text: '+14155552671' } };
    redact(fields);
    expect(fields).toEqual({ token: 't', nested: { text: '+14155552671' } });
  });
});

describe('an error', () => {
  it('is written as name, masked message and code, without its other members', () => {
    const error = Object.assign(new TypeError('no +14155552671'), { code: 'E1', request: 'r' });
    expect(redact({ error })).toEqual({
      error: { name: 'TypeError', message: 'no [number]', code: 'E1' },
    });
  });

  it('does not show long runs of digits: one may be a phone number without its plus', () => {
    const error = new Error('value "14155552671" is out of range, code 23505, 10.0.0.1:5432');
    expect(redact({ error })).toEqual({
      error: {
        name: 'Error',
        message: 'value "[digits]" is out of range, code 23505, 10.0.0.1:5432',
      },
    });
  });

  it('from another realm is written in the same way', () => {
    const error: unknown = runInNewContext('new RangeError("to +14155552671")');
    expect(redact({ error })).toEqual({ error: { name: 'RangeError', message: 'to [number]' } });
  });

  it('of Node itself is written with its code', async () => {
    const error = await new Promise((resolve) => {
      connect(1, '127.0.0.1').once('error', resolve);
    });
    expect(redact({ error })).toMatchObject({ error: { name: 'Error', code: 'ECONNREFUSED' } });
  });

  it('without a message is written', () => {
    const error = Object.assign(new Error('x'), { message: undefined });
    expect(redact({ error })).toEqual({ error: { name: 'Error', message: 'undefined' } });
  });
});

it('redact never throws, and no phone number survives it', () => {
  const number = fc.stringMatching(/^\+[1-9]\d{6,14}$/);
  const leaf = fc.oneof(number, fc.string(), fc.integer(), fc.date({ noInvalidDate: false }));
  const value = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), leaf), fc.anything());
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), number, (fields, secret) => {
      expect(redact(fields)).toBeInstanceOf(Object);
      const line = JSON.stringify(redact({ text: `x ${secret}.`, list: [{ secret }] }));
      expect(line).not.toContain(secret);
    }),
  );
});
