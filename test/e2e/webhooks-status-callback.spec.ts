import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSid } from '../../tools/carrier/sids.js';
import { Api, type CallJson } from '../support/api.js';
import {
  OUR_NUMBER,
  PUBLIC_ORIGIN,
  startGateway,
  THEIR_NUMBER,
  type Gateway,
} from '../support/gateway.js';
import { CarrierRequests, encode, STATUS_CALLBACK, type Field } from '../support/signed-request.js';

/** The reply table of the contract, row by row. */
describe.each([
  ['with the run id in its path', true],
  ['of a number, where the CallSid finds the run', false],
])('a status callback %s', (_title, withRunId) => {
  let gateway: Gateway;
  let api: Api;
  let carrier: CarrierRequests;

  beforeAll(async () => {
    // Phones that never ring: every webhook comes from the test.
    gateway = await startGateway({ carrier: { behaviour: { queuedMs: 600_000 } } });
    api = new Api(gateway);
    carrier = new CarrierRequests(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
  });
  afterAll(() => gateway.stop());

  const place = async () => {
    const call = await api.place({ to: THEIR_NUMBER });
    return { call, runId: call.workflow_run_id, sid: call.provider_call_id ?? '' };
  };
  const tell = (call: CallJson, fields: readonly Field[], more = {}) =>
    carrier.callback(withRunId ? call.workflow_run_id : null, fields, more);
  /** The call with what the carrier told of it. */
  const toldOf = async (runId: number): Promise<CallJson> => {
    const call = await api.call(runId);
    return { ...call, events: call.events.filter(({ type }) => type !== 'dial') };
  };
  const leavesNoTrace = async (call: CallJson, act: () => Promise<void>) => {
    const before = await api.call(call.workflow_run_id);
    await act();
    expect(await api.call(call.workflow_run_id)).toEqual(before);
  };

  it.each([
    ['initiated', 'initiated'],
    ['ringing', 'ringing'],
    ['in-progress', 'answered'],
    ['completed', 'completed'],
    ['busy', 'busy'],
    ['no-answer', 'no-answer'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
  ])('%s: 204 without a body, and the run is %s', async (told, status) => {
    const { call, runId, sid } = await place();
    const reply = await tell(call, carrier.event(sid, told, 1));
    expect([reply.status, reply.text]).toEqual([204, '']);
    const after = await toldOf(runId);
    expect(after.status).toBe(status);
    expect(after.events).toEqual([
      expect.objectContaining({
        type: 'status',
        status,
        provider_status: told,
        sequence: 1,
        source: 'status-callback',
        outcome: 'applied',
      }),
    ]);
  });

  it('a duplicate: 204, recorded as one', async () => {
    const { call, runId, sid } = await place();
    const fields = carrier.event(sid, 'ringing', 1);
    expect((await tell(call, fields)).status).toBe(204);
    expect((await tell(call, fields)).status).toBe(204);
    const { events, status } = await toldOf(runId);
    expect(events.map(({ outcome }) => outcome)).toEqual(['applied', 'duplicate']);
    expect(status).toBe('ringing');
  });

  it('a late one: 204, recorded as late, and the status stays', async () => {
    const { call, runId, sid } = await place();
    await tell(call, carrier.event(sid, 'in-progress', 2));
    expect((await tell(call, carrier.event(sid, 'ringing', 1))).status).toBe(204);
    const { events, status } = await toldOf(runId);
    expect(events.map(({ outcome }) => outcome)).toEqual(['applied', 'late']);
    expect(status).toBe('answered');
  });

  it('for a run that has ended: 204, recorded as late', async () => {
    const { call, runId, sid } = await place();
    await tell(call, carrier.event(sid, 'completed', 3, { CallDuration: '7' }));
    expect((await tell(call, carrier.event(sid, 'failed', 4))).status).toBe(204);
    const after = await toldOf(runId);
    expect(after).toMatchObject({ status: 'completed', duration_seconds: 7 });
    expect(after.events.at(-1)).toMatchObject({ provider_status: 'failed', outcome: 'late' });
  });

  it('of machine detection or of a stream: told apart by its fields', async () => {
    const { call, runId, sid } = await place();
    const ids: Field[] = [
      ['CallSid', sid],
      ['AccountSid', gateway.carrier.accountSid],
    ];
    await tell(call, [
      ...ids,
      ['AnsweredBy', 'machine_start'],
      ['MachineDetectionDuration', '900'],
    ]);
    await tell(call, [
      ...ids,
      ['StreamSid', newSid('MZ')],
      ['StreamEvent', 'stream-started'],
      ['Timestamp', '2026-01-02T03:04:05.678901234Z'],
    ]);
    const after = await toldOf(runId);
    expect(after).toMatchObject({ status: 'queued', answered_by: 'machine_start' });
    expect(after.events.map(({ type, status }) => [type, status])).toEqual([
      ['machine', null],
      ['stream', null],
    ]);
    expect(after.events[1]?.occurred_at).toBe('2026-01-02T03:04:05.678Z');
  });

  it('with fields nobody knows, twice, bracketed and in any script: 204', async () => {
    const { call, sid } = await place();
    const fields: Field[] = [
      ...carrier.event(sid, 'ringing', 1, { StirStatus: 'A', Novel: ' padded ' }),
      ['Twice', 'b'],
      ['Twice', 'a'],
      ['Deep[a][b]', '1'],
      ['constructor', 'x'],
      ['名前', '日本 + \u{1f4de}'],
    ];
    expect((await tell(call, fields)).status).toBe(204);
  });

  it.each([
    ['missing', null],
    ['wrong', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['garbage', '%%%'],
  ])('signature %s: 403, without a trace', async (_name, signature) => {
    const { call, sid } = await place();
    await leavesNoTrace(call, async () => {
      const reply = await tell(call, carrier.event(sid, 'ringing', 1), { signature });
      expect(reply.status).toBe(403);
      // The signature comes before the shape.
      expect((await tell(call, [], { signature })).status).toBe(403);
    });
  });

  it.each([
    ['no CallSid', { CallSid: '' }],
    ['a CallSid of another shape', { CallSid: 'CA1' }],
    ['no AccountSid', { AccountSid: '' }],
    ['no CallStatus', { CallStatus: '' }],
    ['a CallStatus of no carrier', { CallStatus: 'answered!' }],
    ['a CallStatus that objects inherit', { CallStatus: 'constructor' }],
  ])('%s: 400, without a trace', async (_name, more) => {
    const { call, sid } = await place();
    await leavesNoTrace(call, async () => {
      const reply = await tell(call, carrier.event(sid, 'completed', 1, more));
      expect(reply.status).toBe(400);
    });
  });

  it.each([
    ['a SequenceNumber below zero', { SequenceNumber: '-1' }, { sequence: null }],
    ['a SequenceNumber in words', { SequenceNumber: 'two' }, { sequence: null }],
    ['a SequenceNumber beyond all bounds', { SequenceNumber: '9'.repeat(30) }, { sequence: null }],
    ['a CallDuration in fractions', { CallDuration: '1.5' }, { sequence: 1 }],
    ['a SipResponseCode in words', { SipResponseCode: 'busy' }, { sequence: 1 }],
    ['a price in words', { Price: 'free', PriceUnit: '\uFFFD' }, { sequence: 1 }],
    ['texts without end', { From: '+'.repeat(283), AnsweredBy: 'x'.repeat(900) }, { sequence: 1 }],
  ])('%s: dropped, and the end of the call is kept', async (_name, more, kept) => {
    const { call, runId, sid } = await place();
    const reply = await tell(call, carrier.event(sid, 'completed', 1, more));
    expect(reply.status).toBe(204);
    const after = await toldOf(runId);
    expect(after).toMatchObject({ status: 'completed', sip_code: null });
    expect(after.events).toEqual([expect.objectContaining({ outcome: 'applied', ...kept })]);
  });

  it.each([
    ['as they came', (bytes: Buffer) => bytes],
    ['as the letters they stand for', (bytes: Buffer) => bytes.toString('latin1')],
    ['as signs for what cannot be read', (bytes: Buffer) => bytes.toString('utf8')],
  ])('with bytes that are no UTF-8, signed %s: kept', async (_name, signedAs) => {
    const { runId, sid } = await place();
    const bytes = Buffer.from('J\xFCrgen', 'latin1');
    const fields = carrier.event(sid, 'ringing', 1);
    const target = STATUS_CALLBACK + (withRunId ? `/${runId}` : '');
    // After all names of Twilio's own by their bytes.
    const signed = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
    const signature = createHmac('sha1', gateway.carrier.authToken)
      .update(PUBLIC_ORIGIN + target + signed.join(''))
      .update('zName')
      .update(signedAs(bytes))
      .digest('base64');
    for (const written of ['J%FCrgen', 'J%fcrgen']) {
      const body = `${encode(fields)}&zName=${written}`;
      const reply = await carrier.send({ target, fields, body, signature });
      expect(reply.status).toBe(204);
    }
    expect(await toldOf(runId)).toMatchObject({ status: 'ringing' });
    const strange = await carrier.send({
      target,
      fields,
      body: `${encode(fields)}&zName=J%FDrgen`,
      signature,
    });
    // Signed as "cannot be read" it means the same; signed in any other way it is another text.
    expect(strange.status).toBe(signedAs(bytes) === bytes.toString('utf8') ? 204 : 403);
  });

  it('of another kind: 204, and an event of type `other` of this run, once', async () => {
    const { call, runId, sid } = await place();
    const kinds: Array<Record<string, string>> = [
      { RecordingSid: 'RE1', RecordingStatus: 'completed' },
      { RecordingSid: 'RE1', RecordingStatus: 'absent' },
      { TranscriptionSid: 'GT1', TranscriptionEvent: 'transcription-content' },
      { ConferenceSid: 'CF1', StatusCallbackEvent: 'participant-join' },
    ];
    const ids = [
      ['CallSid', sid],
      ['AccountSid', gateway.carrier.accountSid],
    ] as const;
    for (const kind of [...kinds, kinds[0] ?? {}]) {
      const reply = await tell(call, [...ids, ...Object.entries(kind)]);
      expect([reply.status, reply.text]).toEqual([204, '']);
    }
    const after = await toldOf(runId);
    expect(after.status).toBe('queued');
    expect(after.events.map(({ type, status, outcome }) => [type, status, outcome])).toEqual([
      ['other', null, 'applied'],
      ['other', null, 'applied'],
      ['other', null, 'applied'],
      ['other', null, 'applied'],
      ['other', null, 'duplicate'],
    ]);
    expect(after.events.map(({ detail }) => detail['about'])).toEqual([
      'recording',
      'recording',
      'transcription',
      'conference',
      'recording',
    ]);
  });

  it('of another kind, of another call or account: refused, without a trace', async () => {
    const { call, sid } = await place();
    await leavesNoTrace(call, async () => {
      const { accountSid } = gateway.carrier;
      const other = { RecordingSid: 'RE1', RecordingStatus: 'completed' };
      const foreign = { CallSid: newSid('CA'), AccountSid: accountSid, ...other };
      expect((await tell(call, Object.entries(foreign))).status).toBe(withRunId ? 409 : 404);
      const strange = { CallSid: sid, AccountSid: newSid('AC'), ...other };
      expect((await tell(call, Object.entries(strange))).status).toBe(409);
    });
  });

  it('of a conference that names no call: only the URL can say which run is meant', async () => {
    const { call, runId } = await place();
    const reply = await tell(call, [
      ['AccountSid', gateway.carrier.accountSid],
      ['ConferenceSid', 'CF1'],
      ['StatusCallbackEvent', 'conference-end'],
    ]);
    expect(reply.status).toBe(withRunId ? 204 : 400);
    expect((await toldOf(runId)).events).toHaveLength(withRunId ? 1 : 0);
  });

  it('of other kinds are acknowledged without end, and a hundred are kept', async () => {
    const { call, runId, sid } = await place();
    const ids = [
      ['CallSid', sid],
      ['AccountSid', gateway.carrier.accountSid],
      ['TranscriptionEvent', 'transcription-content'],
    ] as const;
    const replies = await Promise.all(
      Array.from({ length: 103 }, (_, at) => tell(call, [...ids, ['SequenceId', String(at)]])),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([204]));
    expect((await toldOf(runId)).events).toHaveLength(100);
    await tell(call, carrier.event(sid, 'completed', 1));
    expect((await toldOf(runId)).status).toBe('completed');
  });

  it('two CallSids: 400', async () => {
    const { call, sid } = await place();
    const fields: Field[] = [...carrier.event(sid, 'ringing', 1), ['CallSid', newSid('CA')]];
    expect((await tell(call, fields)).status).toBe(400);
  });

  it('a Timestamp that nobody can read costs only the timestamp', async () => {
    const { call, runId, sid } = await place();
    const fields = carrier.event(sid, 'ringing', 1, { Timestamp: 'yesterday' });
    expect((await tell(call, fields)).status).toBe(204);
    expect((await toldOf(runId)).events[0]?.occurred_at).toBeNull();
  });

  it('a CallSid that is nobody’s, or not this run’s: 404 or 409, without a trace', async () => {
    const { call } = await place();
    await leavesNoTrace(call, async () => {
      const reply = await tell(call, carrier.event(newSid('CA'), 'completed', 1));
      expect(reply.status).toBe(withRunId ? 409 : 404);
    });
  });

  it('an AccountSid that is not this run’s: 409, without a trace', async () => {
    const { call, sid } = await place();
    await leavesNoTrace(call, async () => {
      const fields = carrier.event(sid, 'completed', 1, { AccountSid: newSid('AC') });
      expect((await tell(call, fields)).status).toBe(409);
    });
  });
});

describe('the run id of a status callback', () => {
  let gateway: Gateway;
  let carrier: CarrierRequests;

  beforeAll(async () => {
    gateway = await startGateway();
    carrier = new CarrierRequests(gateway);
  });
  afterAll(() => gateway.stop());

  it.each([
    '0',
    '-1',
    '1e3',
    '007',
    '1.0',
    '0x1',
    'abc',
    '%2B1',
    '1%20',
    '9'.repeat(17),
    '9007199254740992',
  ])('malformed, %s: 400', async (id) => {
    const reply = await carrier.callback(id, carrier.event(newSid('CA'), 'ringing', 1));
    expect(reply.status).toBe(400);
  });

  it('of no run: 404', async () => {
    const reply = await carrier.callback(
      9007199254740991,
      carrier.event(newSid('CA'), 'ringing', 1),
    );
    expect(reply.status).toBe(404);
  });

  it('given in the query is no run id', async () => {
    const reply = await carrier.send({
      target: '/api/v1/telephony/status-callback?workflow_run_id=1',
      fields: carrier.event(newSid('CA'), 'ringing', 1),
    });
    expect(reply.status).toBe(404);
  });
});
