import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import twilio from 'twilio';
import type { AnswerInstruction, FormFields } from '../ingress.js';
import { parseAnswer, renderAnswer, type TwilioQuestion } from './answer.js';
import { TWILIO } from './dialect.js';

const CALL = `CA${'0a'.repeat(16)}`;
const ACCOUNT = `AC${'1b'.repeat(16)}`;

/** The fields of an inbound call's request; undefined leaves a field out. */
function asked(changes: Record<string, string | undefined> = {}): FormFields {
  const fields: Record<string, string | undefined> = {
    CallSid: CALL,
    AccountSid: ACCOUNT,
    From: '+14155552671',
    To: '+12025550100',
    CallStatus: 'ringing',
    Direction: 'inbound',
    ...changes,
  };
  return Object.entries(fields).filter(
    (field): field is [string, string] => field[1] !== undefined,
  );
}

describe('a request for instructions', () => {
  it('gives the call, its parties and its status', () => {
    expect(parseAnswer(asked())).toEqual({
      callId: CALL,
      accountId: ACCOUNT,
      request: {
        direction: 'inbound',
        from: '+14155552671',
        to: '+12025550100',
        status: 'ringing',
        providerStatus: 'ringing',
        answeredBy: null,
        payload: Object.fromEntries(asked()),
      },
    });
  });

  it('of a call that we placed is outbound, answered, and may say who answered', () => {
    const form = asked({
      Direction: 'outbound-api',
      CallStatus: 'in-progress',
      AnsweredBy: 'machine_start',
    });
    expect(parseAnswer(form)).toMatchObject({
      request: {
        direction: 'outbound',
        status: 'answered',
        providerStatus: 'in-progress',
        answeredBy: 'machine_start',
      },
    });
  });

  it.each([
    ['a withheld number', { From: 'anonymous' }, { from: 'anonymous' }],
    ['no caller at all', { From: undefined }, { from: '' }],
    ['a SIP caller', { From: 'sip:bob@example.com' }, { from: 'sip:bob@example.com' }],
    ['a client', { From: 'client:bob' }, { from: 'client:bob' }],
    ['a called SIP address', { To: 'sip:+1@x;y=1' }, { to: 'sip:+1@x;y=1' }],
    ['nobody called', { To: undefined }, { to: '' }],
    ['a client that calls nobody', { From: 'client:bob', To: '' }, { from: 'client:bob', to: '' }],
    ['a caller of 283 characters', { From: '1'.repeat(283) }, { from: '1'.repeat(256) }],
    ['control characters', { From: 'a\0b\n', To: '\0' }, { from: 'ab', to: '' }],
    ['a status that is new to us', { CallStatus: 'thinking' }, { status: null }],
    ['no status', { CallStatus: undefined }, { status: null, providerStatus: null }],
    [
      'empty fields',
      { CallStatus: '', AnsweredBy: '' },
      { providerStatus: null, answeredBy: null },
    ],
    ['fields that are new to us', { Nova: 'x' }, { payload: { Nova: 'x' } }],
    ['a field named like a property', { toString: 'x' }, { payload: { toString: 'x' } }],
    [
      'a very long field',
      { CallToken: 'x'.repeat(9_000) },
      { payload: { CallToken: 'x'.repeat(4_096) } },
    ],
  ])('may have %s', (_, changes, expected) => {
    expect(parseAnswer(asked(changes))).toMatchObject({ request: expected });
  });

  it('keeps the values of a repeated field, and a field called __proto__ as a field', () => {
    const answer = parseAnswer([
      ...asked(),
      ['X', '1'],
      ['X', '2'],
      ['X', '2'],
      ['__proto__', 'p'],
    ]);
    const { payload } = (answer as TwilioQuestion).request;
    expect(payload['X']).toEqual(['1', '2']);
    expect(Object.getOwnPropertyDescriptor(payload, '__proto__')?.value).toBe('p');
  });

  it.each([
    ['a CallSid missing', { CallSid: undefined }, 'CallSid'],
    ['a CallSid of another kind', { CallSid: ACCOUNT }, 'CallSid'],
    ['a CallSid with a line break', { CallSid: `${CALL}\n` }, 'CallSid'],
    ['a CallSid too long', { CallSid: `${CALL}0` }, 'CallSid'],
    ['an AccountSid missing', { AccountSid: undefined }, 'AccountSid'],
    ['an AccountSid that is empty', { AccountSid: '' }, 'AccountSid'],
  ])('makes no sense with %s', (_, changes, reason) => {
    expect(parseAnswer(asked(changes))).toEqual({ malformed: expect.stringContaining(reason) });
  });

  it('is read without a called party, and with parties of any length, which are cut', () => {
    expect(parseAnswer(asked({ To: undefined }))).toMatchObject({ request: { to: '' } });
    const long = parseAnswer(asked({ From: '1'.repeat(283), To: 'x'.repeat(1_000) }));
    expect(long).toMatchObject({ request: { from: '1'.repeat(256), to: 'x'.repeat(256) } });
  });

  it('is malformed with two different CallSids, but not with the same one twice', () => {
    expect(parseAnswer([...asked(), ['CallSid', CALL]])).toMatchObject({ callId: CALL });
    const other = `CA${'f'.repeat(32)}`;
    expect(parseAnswer([...asked(), ['CallSid', other]])).toHaveProperty('malformed');
  });
});

const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const STREAM: AnswerInstruction = {
  kind: 'stream',
  notice: null,
  streamUrl: 'wss://a.example/api/v1/telephony/ws/1/2/3',
  actionUrl: 'https://a.example/twiml?workflow_id=1&user_id=2',
  token: 'to-k_en',
};

/** The characters of a document that a strict parser accepts. */
function textOf(xml: string): string {
  const parser = new SaxesParser();
  let text = '';
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (part) => {
    text += part;
  });
  parser.write(xml).close();
  return text;
}

describe('the answer', () => {
  it.each<[string, AnswerInstruction, string]>([
    [
      'connects a stream with its token and asks again at action',
      STREAM,
      '<Connect action="https://a.example/twiml?workflow_id=1&amp;user_id=2#rc=3&amp;rp=5xx,ct,rt">' +
        '<Stream url="wss://a.example/api/v1/telephony/ws/1/2/3">' +
        '<Parameter name="token" value="to-k_en"/></Stream></Connect>',
    ],
    [
      'says what is to be said before it connects',
      { ...STREAM, notice: 'Thanks for waiting, <Tom>.', actionUrl: 'https://a.example/' },
      '<Say>Thanks for waiting, &lt;Tom&gt;.</Say><Connect action="https://a.example/#rc=3&amp;rp=5xx,ct,rt">' +
        '<Stream url="wss://a.example/api/v1/telephony/ws/1/2/3">' +
        '<Parameter name="token" value="to-k_en"/></Stream></Connect>',
    ],
    ['hangs up', { kind: 'hangup' }, '<Hangup/>'],
    [
      'says a sentence, then hangs up',
      { kind: 'say-and-hangup', sentence: 'Sorry, <Tom> & "Jerry".' },
      '<Say>Sorry, &lt;Tom&gt; &amp; "Jerry".</Say><Hangup/>',
    ],
    ['rejects', { kind: 'reject', busy: false }, '<Reject/>'],
    ['rejects as busy', { kind: 'reject', busy: true }, '<Reject reason="busy"/>'],
  ])('%s', (_, instruction, verbs) => {
    const { contentType, body } = renderAnswer(instruction);
    expect(contentType).toBe('text/xml; charset=utf-8');
    expect(body).toBe(`${XML}<Response>${verbs}</Response>`);
  });

  it('connects a stream as Twilio’s own builder would, whatever the values', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ab{}/:?&<>"\'\t\n\r$1田')) });
    fc.assert(
      fc.property(text, text, text, (actionUrl, streamUrl, token) => {
        const built = new twilio.twiml.VoiceResponse();
        const action = TWILIO.addressed(actionUrl);
        built
          .connect({ action })
          .stream({ url: streamUrl })
          .parameter({ name: 'token', value: token });
        const { body } = renderAnswer({ ...STREAM, actionUrl, streamUrl, token });
        expect(body).toBe(built.toString());
      }),
    );
  });

  it.each([
    ['control characters', 'a\u0000b\u0001c\u001Fd', 'abcd'],
    ['half characters and non-characters', 'a\uD800b\uDC00c\uFFFEd\uFFFF', 'abcd'],
    ['the end of a section', 'a]]>b', 'a]]>b'],
    ['line breaks and tabs', 'a\tb\nc', 'a\tb\nc'],
    ['every script', 'Grüß Gott, 田, \u{1F600}', 'Grüß Gott, 田, \u{1F600}'],
  ])('says a sentence with %s in sound XML', (_, sentence, heard) => {
    expect(textOf(renderAnswer({ kind: 'say-and-hangup', sentence }).body)).toBe(heard);
  });
});
