import { describe, expect, it } from '@jest/globals';
import { readReply } from './read-reply.js';
import { readTwiml } from './read-twiml.js';

const problems = (text: string) => {
  const reading = readTwiml(text);
  return reading.kind === 'rejected'
    ? [reading.problem.code]
    : reading.problems.map(({ code }) => code);
};

describe('a TwiML document', () => {
  it('is read verb by verb', () => {
    const reading = readTwiml(`<?xml version="1.0"?><!-- hello -->
      <Response>
        <Say voice="alice">One &amp; <emphasis>two</emphasis></Say><Pause length="2"/>
        <Connect action="/next" method="GET">
          <Stream url="wss://h/ws"><Parameter name="token" value="&lt;t&gt;"/></Stream>
        </Connect>
        <Redirect>https://h/again?a=1&amp;b=2</Redirect><Reject reason="busy"/><Hangup/>
      </Response>`);
    expect(reading).toEqual({
      kind: 'document',
      problems: [],
      verbs: [
        { kind: 'say', text: 'One & two' },
        { kind: 'pause', seconds: 2 },
        {
          kind: 'connect',
          action: '/next',
          method: 'GET',
          stream: {
            url: 'wss://h/ws',
            name: null,
            track: 'inbound_track',
            statusCallback: null,
            statusCallbackMethod: 'POST',
            parameters: [{ name: 'token', value: '<t>' }],
          },
        },
        { kind: 'redirect', url: 'https://h/again?a=1&b=2', method: 'POST' },
        { kind: 'reject', reason: 'busy' },
        { kind: 'hangup' },
      ],
    });
  });

  it.each([
    ['white space before the declaration', ' <?xml version="1.0"?><Response/>', [12_100]],
    ['an unclosed element', '<Response><Hangup></Response>', [12_100]],
    ['an unescaped ampersand', '<Response><Redirect>/a?b=1&c=2</Redirect></Response>', [12_100]],
    ['a control character', '<Response><Say>\u0001</Say></Response>', [12_100]],
    ['nothing', '', [12_100]],
    ['HTML', '<html><body/></html>', [12_102]],
    ['another case', '<response/>', [12_102]],
    ['an unknown verb', '<Response><Sing/></Response>', [12_200]],
    ['an unknown attribute', '<Response><Hangup now="1"/></Response>', [12_200]],
    [
      'a verb in the wrong place',
      '<Response><Connect><Say/></Connect></Response>',
      [12_200, 12_200],
    ],
    [
      'a parameter of 500 characters',
      `<Response><Connect><Stream url="wss://h"><Parameter name="a" value="${'x'.repeat(499)}"/></Stream></Connect></Response>`,
      [12_200],
    ],
  ])('with %s is logged', (_what, text, codes) => {
    expect(problems(text)).toEqual(codes);
  });

  it('plays the rest when a part is only warned about', () => {
    const reading = readTwiml('<Response><Sing/><Hangup/></Response>');
    expect(reading).toMatchObject({ kind: 'document', verbs: [{ kind: 'hangup' }] });
  });
});

describe('a reply', () => {
  const reply = (status: number, type: string | undefined, body: string) =>
    readReply({
      kind: 'reply',
      status,
      headers: type === undefined ? {} : { 'content-type': type },
      body: Buffer.from(body),
    });

  it.each([
    [500, 'text/xml', '<Response/>', 11_200],
    [200, undefined, '<Response/>', 11_200],
    [200, 'application/json', '{}', 12_300],
    [200, 'text/xml', `<Response><Say>${'x'.repeat(65_536)}</Say></Response>`, 11_750],
    [200, 'text/xml', 'no', 12_100],
  ])('%s %s fails', (status, type, body, code) => {
    expect(reply(status, type, body)).toMatchObject({ kind: 'error', code });
  });

  it('in plain text is read aloud', () => {
    expect(reply(200, 'text/plain; charset=utf-8', 'Hello')).toMatchObject({
      kind: 'verbs',
      verbs: [{ kind: 'say', text: 'Hello' }, { kind: 'hangup' }],
      problems: [{ code: 12_300 }],
    });
  });

  it('in HTML or with a charset is TwiML all the same', () => {
    expect(reply(200, 'text/html; charset=utf-8', '<Response/>')).toMatchObject({ kind: 'verbs' });
  });
});
