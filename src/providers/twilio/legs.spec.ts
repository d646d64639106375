import { describe, expect, it } from '@jest/globals';
import { callNamed } from '../../calls/ledger/call-ids.js';
import { isMalformed, type RawRequest } from '../ingress.js';
import { renderAnswer } from './answer.js';
import { TwilioIngress } from './ingress.js';

const ACCOUNT = `AC${'1b'.repeat(16)}`;
const CALL = `CA${'0a'.repeat(16)}`;
const PERSON = `CA${'0b'.repeat(16)}`;
const ingress = new TwilioIngress(['a-token']);

function told(purpose: 'answer' | 'events', fields: Record<string, string>, query = '?transfer=2') {
  const request: RawRequest = {
    method: 'POST',
    headers: {},
    body: Buffer.from(new URLSearchParams({ AccountSid: ACCOUNT, ...fields }).toString()),
    target: `/path${query}`,
    urls: [],
  };
  const read = ingress.read(request, purpose);
  if (isMalformed(read)) throw new Error(read.malformed);
  return read;
}

const OF_PERSON = { CallSid: PERSON, ParentCallSid: CALL, Direction: 'outbound-dial' };

describe('what Twilio says of the person’s side of a transfer', () => {
  it.each([
    ['initiated', { step: 'ringing', failure: null }],
    ['ringing', { step: 'ringing', failure: null }],
    ['in-progress', { step: 'answered', failure: null }],
    ['busy', { step: 'over', failure: 'busy', sipCode: 486 }],
    ['no-answer', { step: 'over', failure: 'no_answer' }],
    ['failed', { step: 'over', failure: 'failed' }],
  ])(
    'a callback with %s is about the call that is transferred, and none of its own',
    (status, leg) => {
      const more: Record<string, string> = status === 'busy' ? { SipResponseCode: '486' } : {};
      expect(told('events', { ...OF_PERSON, CallStatus: status, ...more })).toMatchObject({
        ids: callNamed(CALL),
        events: [],
        question: null,
        leg: { transfer: 2, leg: PERSON, source: 'status-callback', ...leg },
      });
    },
  );

  it.each(['completed', 'canceled'])(
    '%s alone does not tell whether the two were connected',
    (status) => {
      const { events, leg } = told('events', { ...OF_PERSON, CallStatus: status });
      expect([events, leg]).toEqual([[], undefined]);
    },
  );

  it('a call of ours that somebody else’s <Dial> has made is a call as any other', () => {
    const { ids, events, leg } = told('events', { CallSid: CALL, CallStatus: 'ringing' });
    expect([ids, events.length, leg]).toEqual([callNamed(CALL), 1, undefined]);
  });

  it.each<[string, Record<string, string>, string | null]>([
    ['completed', { DialBridged: 'true' }, null],
    ['completed', {}, null],
    ['completed', { DialBridged: 'false' }, 'failed'],
    ['busy', { DialBridged: 'false' }, 'busy'],
    ['no-answer', {}, 'no_answer'],
    ['canceled', {}, 'failed'],
  ])('the action of a <Dial> that is %s with %j', (status, more, failure) => {
    const fields = { CallSid: CALL, CallStatus: 'in-progress', DialCallStatus: status, ...more };
    const { ids, question, leg } = told('answer', {
      ...fields,
      DialCallSid: PERSON,
      DialCallDuration: '7',
    });
    expect(ids).toEqual(callNamed(CALL));
    expect(question).toMatchObject({ status: 'answered' });
    expect(leg).toMatchObject({
      transfer: 2,
      leg: PERSON,
      step: 'over',
      failure,
      durationSeconds: 7,
    });
  });

  it('asks what the person is to hear, in the name of the call that is transferred', () => {
    const { ids, question, leg } = told('answer', { ...OF_PERSON, CallStatus: 'in-progress' });
    expect(ids).toEqual(callNamed(CALL));
    // The person's status is not the run's.
    expect(question).toMatchObject({ status: null, providerStatus: null });
    expect(leg).toMatchObject({ transfer: 2, leg: PERSON, step: 'answered' });
  });

  it.each(['', '?transfer=', '?transfer=0', '?transfer=x'])(
    'a URL with %j names no transfer',
    (query) => {
      const { leg } = told('events', { ...OF_PERSON, CallStatus: 'ringing' }, query);
      expect(leg).toMatchObject({ transfer: null, leg: PERSON });
    },
  );
});

describe('a transfer in TwiML', () => {
  const urls = {
    action: 'https://h/a?x=1&transfer=1',
    events: 'https://h/e?transfer=1',
    announce: 'https://h/s',
  };
  const transfer = (announce: string | null): string =>
    renderAnswer({
      kind: 'transfer',
      transfer: 1,
      to: '+12025550143',
      from: '+15005550006',
      timeoutSeconds: 20,
      announce,
      urls,
    }).body;

  it('dials the number, and is told and asked at our addresses', () => {
    expect(transfer(null)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Dial action="https://h/a?x=1&amp;transfer=1#rc=3&amp;rp=5xx,ct,rt" timeout="20" callerId="+15005550006">' +
        '<Number statusCallback="https://h/e?transfer=1#rc=3&amp;rp=5xx,ct,rt" statusCallbackEvent="initiated ringing answered completed">' +
        '+12025550143</Number></Dial></Response>',
    );
  });

  it('has Twilio ask what the person is to hear, which is then only said', () => {
    expect(transfer('Hello.')).toContain('<Number url="https://h/s#rc=3&amp;rp=5xx,ct,rt"');
    expect(renderAnswer({ kind: 'announce', announcement: 'Hello & <bye>\u0001.' }).body).toContain(
      '<Response><Say>Hello &amp; &lt;bye&gt;.</Say></Response>',
    );
  });
});
