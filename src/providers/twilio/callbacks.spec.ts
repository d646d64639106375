import { describe, expect, it } from '@jest/globals';
import type { CallEventDraft } from '../../calls/ledger/call-event.js';
import { isMalformed } from '../ingress.js';
import { parseCallback } from './callbacks.js';

const CALL = `CA${'0a'.repeat(16)}`;
const ACCOUNT = `AC${'1b'.repeat(16)}`;
const STREAM = `MZ${'2c'.repeat(16)}`;
const IDS = { CallSid: CALL, AccountSid: ACCOUNT };

function eventOf(fields: Record<string, string>): CallEventDraft {
  const report = parseCallback(Object.entries({ ...IDS, ...fields }));
  if (isMalformed(report)) throw new Error(report.malformed);
  if (report.event === null) throw new Error('it is about the person’s side of a transfer');
  return report.event;
}

function refusalOf(fields: Record<string, string>): string | null {
  const report = parseCallback(Object.entries({ ...IDS, ...fields }));
  return isMalformed(report) ? report.malformed : null;
}

describe('a status callback', () => {
  it('is an event of the call with everything that it contains', () => {
    const fields = {
      CallStatus: 'busy',
      Timestamp: 'Tue, 04 Aug 2026 09:12:01 +0000',
      CallbackSource: 'call-progress-events',
      SequenceNumber: '2',
      SipResponseCode: '486',
      CallDuration: '0',
      Duration: '0',
      From: '+14155552671',
      FromCity: '',
    };
    expect(parseCallback(Object.entries({ ...IDS, ...fields }))).toMatchObject({
      callId: CALL,
      accountId: ACCOUNT,
    });
    expect(eventOf(fields)).toEqual({
      type: 'status',
      source: 'status-callback',
      status: 'busy',
      providerStatus: 'busy',
      sequence: 2,
      occurredAt: new Date('2026-08-04T09:12:01Z'),
      durationSeconds: 0,
      sipCode: 486,
      answeredBy: null,
      endReason: null,
      detail: {},
      payload: { ...IDS, ...fields },
      dedupeKey: `status:${CALL}:busy:2`,
    });
  });

  it.each([
    ['queued', 'queued', null],
    ['initiated', 'initiated', null],
    ['ringing', 'ringing', null],
    ['in-progress', 'answered', null],
    ['completed', 'completed', null],
    ['busy', 'busy', null],
    ['no-answer', 'no-answer', null],
    ['failed', 'failed', null],
    ['canceled', 'canceled', null],
  ])('%s is our %s', (providerStatus, status, endReason) => {
    expect(eventOf({ CallStatus: providerStatus })).toMatchObject({
      status,
      providerStatus,
      endReason,
    });
  });

  it.each([
    ['CallStatus', 'answered'],
    ['CallStatus', 'Completed'],
    ['CallStatus', ''],
    ['CallStatus', 'toString'],
    ['CallSid', 'CA12'],
    ['AccountSid', CALL],
  ])('makes no sense with %s=%s', (name, value) => {
    expect(refusalOf({ CallStatus: 'ringing', [name]: value })).toContain(name);
  });

  it.each([
    ['SequenceNumber', '-1'],
    ['SequenceNumber', '1.5'],
    ['SequenceNumber', '0x1'],
    ['SequenceNumber', '9'.repeat(400)],
    ['CallDuration', '1e3'],
    ['CallDuration', 'NaN'],
    ['SipResponseCode', '4860'],
    ['SipResponseCode', 'busy'],
    ['Price', 'free'],
    ['ErrorCode', '\uFFFD'],
  ])('is kept without what cannot be read: %s=%s', (name, value) => {
    const fields = { CallStatus: 'completed', SequenceNumber: '3', CallDuration: '7' };
    const { [name as keyof typeof fields]: _dropped, ...rest } = fields;
    const told = eventOf({ ...fields, [name]: value });
    const untold = eventOf(rest);
    expect({ ...told, payload: null, detail: {} }).toEqual({ ...untold, payload: null });
    expect(told.payload).toMatchObject({ [name]: value.slice(0, 4_096) });
  });

  it('has null for every empty field', () => {
    const empty = {
      SequenceNumber: '',
      CallDuration: '',
      SipResponseCode: '',
      Timestamp: '',
      AnsweredBy: '',
      ErrorCode: '',
      ErrorMessage: '',
    };
    expect(eventOf({ CallStatus: 'ringing', ...empty })).toMatchObject({
      sequence: null,
      durationSeconds: null,
      sipCode: null,
      occurredAt: null,
      answeredBy: null,
      detail: {},
      dedupeKey: `status:${CALL}:ringing:-`,
    });
  });

  it('has no SIP code where Twilio writes 0', () => {
    expect(eventOf({ CallStatus: 'failed', SipResponseCode: '0' }).sipCode).toBeNull();
  });

  it.each([
    ['garbage', 'yesterday'],
    ['too long', ` ${'0'.repeat(80)}`],
    ['before the network', 'Thu, 01 Jan 1970 00:00:00 +0000'],
    ['far ahead', 'Thu, 01 Jan 2150 00:00:00 +0000'],
  ])('is kept with a Timestamp that is %s', (_, timestamp) => {
    expect(eventOf({ CallStatus: 'ringing', Timestamp: timestamp }).occurredAt).toBeNull();
  });

  it('gives an error without the numbers in its text', () => {
    const { detail } = eventOf({
      CallStatus: 'failed',
      ErrorCode: '13224',
      ErrorMessage: `To +14155552671 (4155552671) ${'is invalid '.repeat(50)}`,
    });
    expect(detail['error_code']).toBe('13224');
    expect(detail['error']).toMatch(/^To \[number\] \(\[number\]\) is invalid/);
    expect(String(detail['error']).length).toBeLessThanOrEqual(200);
  });

  it('is the same fact when call, status and number are the same, and otherwise another one', () => {
    const key = (fields: Record<string, string>) => eventOf(fields).dedupeKey;
    const first = { CallStatus: 'ringing', SequenceNumber: '1' };
    expect(key({ ...first, Timestamp: 'x' })).toBe(key(first));
    expect(key({ ...first, SequenceNumber: '2' })).not.toBe(key(first));
    expect(key({ ...first, CallStatus: 'busy' })).not.toBe(key(first));
    expect(key({ ...first, CallSid: `CA${'f'.repeat(32)}` })).not.toBe(key(first));
  });
});

describe('a machine-detection callback', () => {
  it('says who answered, and after how long', () => {
    const fields = { AnsweredBy: 'machine_end_beep', MachineDetectionDuration: '3100' };
    expect(eventOf(fields)).toMatchObject({
      type: 'machine',
      source: 'status-callback',
      status: null,
      answeredBy: 'machine_end_beep',
      detail: { answered_by: 'machine_end_beep', detection_ms: 3100 },
      dedupeKey: `machine:${CALL}:machine_end_beep`,
    });
  });

  it.each([
    ['0', { answered_by: 'human', detection_ms: 0 }],
    ['soon', { answered_by: 'human' }],
  ])('is kept with a duration of %s', (duration, detail) => {
    const fields = { AnsweredBy: 'human', MachineDetectionDuration: duration };
    expect(eventOf(fields).detail).toEqual(detail);
  });
});

describe('a stream callback', () => {
  it('says what happened to which stream, at a time with nanoseconds', () => {
    const fields = {
      StreamEvent: 'stream-error',
      StreamSid: STREAM,
      StreamName: STREAM,
      StreamError: 'closed while +14155552671 spoke',
      Timestamp: '2026-08-04T09:12:01.602648368Z',
    };
    expect(eventOf(fields)).toMatchObject({
      type: 'stream',
      status: null,
      occurredAt: new Date('2026-08-04T09:12:01.602Z'),
      detail: {
        carrier: 'stream-error',
        stream_id: STREAM,
        error: 'closed while [number] spoke',
      },
      dedupeKey: `stream:${STREAM}:stream-error`,
    });
  });

  it('is a stream callback even when it contains the status of the call', () => {
    expect(eventOf({ StreamEvent: 'stream-started', CallStatus: 'in-progress' }).type).toBe(
      'stream',
    );
  });
});

describe('a callback about something else', () => {
  const RECORDING = {
    RecordingSid: `RE${'3d'.repeat(16)}`,
    RecordingStatus: 'completed',
    RecordingUrl: 'https://api.example.com/recording',
  };

  it.each([
    ['a recording', RECORDING, { about: 'recording', step: 'completed' }],
    [
      'a transcription',
      { TranscriptionSid: 'GT1', TranscriptionEvent: 'transcription-started' },
      { about: 'transcription', step: 'transcription-started' },
    ],
    [
      'a transcription that brings the status of the call',
      { TranscriptionSid: 'TR1', TranscriptionStatus: 'completed', CallStatus: 'completed' },
      { about: 'transcription', step: 'completed' },
    ],
    [
      'a conference',
      { ConferenceSid: 'CF1', StatusCallbackEvent: 'participant-join', SequenceNumber: '1' },
      { about: 'conference', step: 'participant-join' },
    ],
    ['a kind that is new to us', { HologramEvent: 'begun' }, { about: 'hologram', step: 'begun' }],
  ])('%s is an event of its own', (_, fields, detail) => {
    expect(eventOf(fields as Record<string, string>)).toMatchObject({
      type: 'other',
      status: null,
      sequence: null,
      detail,
      payload: fields,
    });
  });

  it('needs no call where it names none, and a valid one where it does', () => {
    const fields = { ConferenceSid: 'CF1', StatusCallbackEvent: 'conference-end' };
    const report = parseCallback(Object.entries({ AccountSid: ACCOUNT, ...fields }));
    expect(report).toMatchObject({ callId: null, accountId: ACCOUNT, event: { type: 'other' } });
    expect(refusalOf({ ...fields, CallSid: 'CA12' })).toContain('CallSid');
    expect(parseCallback(Object.entries(fields))).toHaveProperty('malformed');
  });

  it('is the same fact when its fields are the same, and otherwise another one', () => {
    const key = (fields: Record<string, string>) => eventOf(fields).dedupeKey;
    expect(key({ ...RECORDING })).toBe(key(RECORDING));
    expect(key({ ...RECORDING, RecordingStatus: 'absent' })).not.toBe(key(RECORDING));
  });

  it('does not include the end of a recorded call, which is about the call itself', () => {
    const end = { CallStatus: 'completed', ...RECORDING };
    expect(eventOf(end)).toMatchObject({ type: 'status', status: 'completed' });
  });
});

it('a callback without content is malformed', () => {
  expect(refusalOf({})).toBe('CallStatus is missing');
  expect(parseCallback([])).toHaveProperty('malformed');
});
