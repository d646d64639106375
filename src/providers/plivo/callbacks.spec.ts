import { describe, expect, it } from '@jest/globals';
import { isMalformed, type Told } from '../ingress.js';
import { VOBIZ } from '../vobiz/vobiz.dialect.js';
import { readRequest } from './callbacks.js';
import { PLIVO, type PlivoDialect } from './dialect.js';

const CALL = '3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36';

function read(
  purpose: string,
  fields: Record<string, string>,
  query: Array<[string, string]> = [],
  dialect: PlivoDialect = PLIVO,
): Told {
  const all = { CallUUID: CALL, Direction: 'outbound', ...fields };
  const told = readRequest(Object.entries(all), purpose, query, dialect);
  if (isMalformed(told)) throw new Error(told.malformed);
  return told;
}

const statusOf = (fields: Record<string, string>) => read('events', fields).events[0]?.status;

describe('the end of a call', () => {
  it.each([
    ['completed', '4000', 'NORMAL_CLEARING', '7', 'completed'],
    ['completed', '4010', 'End Of XML Instructions', '7', 'completed'],
    ['busy', '3010', 'Busy Line', '0', 'busy'],
    ['busy', '3020', 'Rejected', '0', 'failed'],
    ['busy', '', 'CALL_REJECTED', '0', 'failed'],
    ['failed', '', 'USER_BUSY', '0', 'busy'],
    ['no-answer', '3000', 'No Answer', '0', 'no-answer'],
    ['timeout', '6010', 'Ring Timeout Reached', '0', 'no-answer'],
    ['timeout', '', '', '0', 'no-answer'],
    ['cancel', '1000', 'Cancelled', '0', 'canceled'],
    ['cancel', '', 'ORIGINATOR_CANCEL', '0', 'canceled'],
    ['failed', '2000', 'Invalid Destination Address', '0', 'failed'],
    // Nobody was ever there: the cause says what became of it.
    ['completed', '3010', 'Busy Line', '0', 'busy'],
    ['completed', '4000', 'Normal Hangup', '0', 'completed'],
    ['something-new', '9999', 'Something New', '0', 'failed'],
  ])('%s, %s, %s after %s s is %s', (CallStatus, HangupCauseCode, HangupCause, Duration, end) => {
    const fields = { Event: 'Hangup', CallStatus, HangupCauseCode, HangupCause, Duration };
    expect(statusOf(fields)).toBe(end);
    // Where no URL for it is known, it is told where instructions are asked for.
    const asked = read('answer', fields);
    expect([asked.events[0]?.status, asked.question]).toEqual([end, null]);
  });

  it('is known without an event, and has its cause, without numbers', () => {
    expect(statusOf({ CallStatus: 'busy' })).toBe('busy');
    const [event] = read('events', {
      Event: 'Hangup',
      CallStatus: 'failed',
      HangupCauseName: 'No route to 14155552671',
      HangupCauseCode: '2000',
      HangupSource: 'Carrier',
    }).events;
    expect(event?.detail).toEqual({
      hangup_cause: 'No route to [number]',
      hangup_cause_code: '2000',
      hangup_source: 'Carrier',
    });
  });

  it('is not that of a stream, of a detection, of a recording, or of the person who is called', () => {
    for (const Event of ['StopStream', 'DroppedStream', 'MachineDetection', 'Record']) {
      const { events, question } = read('events', { Event, CallStatus: 'completed' });
      expect([Event, events[0]?.status, question]).toEqual([Event, null, null]);
    }
    const fields = {
      Event: 'Hangup',
      CallStatus: 'completed',
      ALegUUID: 'another-call',
      Duration: '3',
    };
    expect(read('events', fields)).toMatchObject({ ids: { call: 'another-call' }, events: [] });
  });
});

describe('what is asked', () => {
  it('is asked of a call that was answered, came in, or comes back', () => {
    const question = (fields: Record<string, string>) => read('answer', fields).question;
    const inbound = { Direction: 'inbound', From: '14155552671', To: '12025550100' };
    expect(question({ Event: 'StartApp', CallStatus: 'in-progress' })?.status).toBe('answered');
    expect(question({ Event: 'Redirect', CallStatus: 'in-progress' })?.status).toBe('answered');
    expect(question({ ...inbound, Event: 'StartApp', CallStatus: 'ringing' })).toMatchObject({
      direction: 'inbound',
      status: 'ringing',
      from: '+14155552671',
      to: '+12025550100',
    });
    expect(question({ ...inbound, Event: 'Ring', CallStatus: 'ringing' })).not.toBeNull();
    // It is over, though it is asked.
    expect(question({ Event: 'Redirect', CallStatus: 'completed' })?.status).toBe('completed');
  });

  it('is nothing where a phone only rings', () => {
    for (const Event of ['Ring', '']) {
      const { question, events } = read('answer', { Event, CallStatus: 'ringing' });
      expect([question, events[0]?.status]).toEqual([null, 'ringing']);
    }
  });

  it('names parties in their own ways', () => {
    const from = (From: string, dialect: PlivoDialect = PLIVO) =>
      read('answer', { From, Event: 'StartApp' }, [], dialect).question?.from;
    expect(from(' 14155552671')).toBe('+14155552671');
    expect(from('+14155552671')).toBe('+14155552671');
    expect(from('anonymous')).toBe('anonymous');
    expect(from('sip:alice@phone.plivo.com')).toBe('sip:alice@phone.plivo.com');
    expect(from('08012345678', VOBIZ)).toBe('+918012345678');
    expect(from('918012345678', VOBIZ)).toBe('+918012345678');
  });
});

describe('a transfer', () => {
  const query: Array<[string, string]> = [['transfer', '2']];
  const leg = (fields: Record<string, string>, purpose = 'events') =>
    read(purpose, { DialALegUUID: CALL, DialBLegUUID: 'leg-1', ...fields }, query).leg;

  it.each([
    ['completed', '', null],
    ['busy', 'USER_BUSY', 'busy'],
    ['busy', 'CALL_REJECTED', 'failed'],
    ['no-answer', 'NO_ANSWER', 'no_answer'],
    ['timeout', '', 'no_answer'],
    ['cancel', '', 'failed'],
    ['failed', '', 'failed'],
  ])('that came to %s %s has failed by %s', (DialStatus, DialHangupCause, failure) => {
    const fields = { Event: 'Redirect', CallStatus: 'in-progress', DialStatus, DialHangupCause };
    expect(leg(fields, 'answer')).toMatchObject({
      transfer: 2,
      leg: 'leg-1',
      step: 'over',
      failure,
      source: 'answer',
    });
  });

  it('is told of while it lasts', () => {
    expect(leg({ DialAction: 'answer' })).toMatchObject({ step: 'answered', leg: 'leg-1' });
    expect(leg({ DialAction: 'connected' })).toMatchObject({ step: 'answered' });
    const hangup = { DialAction: 'hangup', DialBLegHangupCauseCode: '6010' };
    expect(leg({ ...hangup, DialBLegDuration: '0' })).toMatchObject({ failure: 'no_answer' });
    // That the two had spoken is told with the result.
    expect(
      leg({ ...hangup, DialBLegDuration: '9', DialBLegHangupCauseCode: '4000' }),
    ).toBeUndefined();
    expect(leg({ DialAction: 'digits' })).toBeUndefined();
  });
});

describe('what cannot be', () => {
  it.each([
    ['no call', { CallUUID: '' }],
    ['a call of a strange name', { CallUUID: 'a b' }],
  ])('%s is malformed', (_, fields) => {
    const told = readRequest(Object.entries(fields), 'events', [], PLIVO);
    expect(told).toEqual({ malformed: 'CallUUID must be an id' });
  });

  it('two calls in one request are malformed', () => {
    const twice: Array<[string, string]> = [
      ['CallUUID', 'a'],
      ['CallUUID', 'b'],
    ];
    expect(isMalformed(readRequest(twice, 'events', [], PLIVO))).toBe(true);
  });
});
