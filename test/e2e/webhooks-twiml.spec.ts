import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSid } from '../../tools/carrier/sids.js';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, startGateway, UNCLAIMED_NUMBER, type Gateway } from '../support/gateway.js';
import { PUBLIC_ORIGIN, THEIR_NUMBER } from '../support/gateway.js';
import {
  CarrierRequests,
  HANGUP,
  REJECT,
  streamOf,
  type Field,
} from '../support/signed-request.js';

/** The reply table of the contract, row by row. */
describe.each(['POST', 'GET'] as const)('an answer webhook by %s', (method) => {
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

  const ask = (call: CallJson | string | null, fields: readonly Field[], more = {}) =>
    carrier.answer(call, fields, { method, ...more });
  const askAbout = (call: CallJson, status = 'in-progress') =>
    ask(call, carrier.fieldsOf(call.provider_call_id ?? '', status));
  const runsOf = async (callSid: string) =>
    (await api.request<{ data: CallJson[] }>('GET', `/telephony/calls?provider_call_id=${callSid}`))
      .body.data;

  /** The call, asked before and after, is the same to the last byte. */
  const leavesNoTrace = async (call: CallJson, act: () => Promise<void>) => {
    const before = await api.call(call.workflow_run_id);
    await act();
    expect(await api.call(call.workflow_run_id)).toEqual(before);
  };

  it('accepted: connects to a stream of this run, asks again at the same URL, and means answered', async () => {
    const call = await api.place({ to: THEIR_NUMBER });
    const { action, url, token } = streamOf(await askAbout(call));
    const ids = `${call.workflow_id}/${call.user_id}/${call.workflow_run_id}`;
    expect(url).toBe(`${PUBLIC_ORIGIN.replace('https', 'wss')}/api/v1/telephony/ws/${ids}`);
    expect(action).toBe(
      `${PUBLIC_ORIGIN}/api/v1/telephony/twiml?workflow_id=${call.workflow_id}&user_id=${call.user_id}&workflow_run_id=${call.workflow_run_id}#rc=3&rp=5xx,ct,rt`,
    );
    expect(token.length).toBeGreaterThanOrEqual(32);
    const { status, events } = await api.call(call.workflow_run_id);
    expect(status).toBe('answered');
    expect(events).toEqual([
      expect.objectContaining({ type: 'dial', source: 'api', outcome: 'applied' }),
      expect.objectContaining({ source: 'answer', status: 'answered', outcome: 'applied' }),
    ]);
  });

  it('asked again: a new stream, a fresh token, no second event', async () => {
    const call = await api.place({ to: THEIR_NUMBER });
    const first = streamOf(await askAbout(call));
    const second = streamOf(await askAbout(call));
    expect(second.token).not.toBe(first.token);
    const { events } = await api.call(call.workflow_run_id);
    expect(events.map(({ source }) => source)).toEqual(['api', 'answer']);
  });

  it('while a stream is live: a new stream with a fresh token', async () => {
    const call = await api.place({ to: THEIR_NUMBER });
    const { url, token } = streamOf(await askAbout(call));
    const stream = await gateway.carrier.connectStream({
      url,
      callSid: call.provider_call_id ?? '',
      customParameters: { token },
    });
    if (stream.kind !== 'open') throw new Error(`refused: ${JSON.stringify(stream)}`);
    await api.until(call.workflow_run_id, (one) => one.streaming);
    expect(streamOf(await askAbout(call)).token).not.toBe(token);
    expect((await api.call(call.workflow_run_id)).streaming).toBe(true);
    stream.client.destroy();
  });

  it('that says that the call is over: <Hangup/>', async () => {
    const call = await api.place({ to: THEIR_NUMBER });
    expect((await askAbout(call, 'completed')).text).toBe(HANGUP);
  });

  it('for a run that has ended: <Hangup/>, and the run stays as it was', async () => {
    const call = await api.place({ to: THEIR_NUMBER });
    streamOf(await askAbout(call));
    const ended = carrier.event(call.provider_call_id ?? '', 'completed', 3, { CallDuration: '0' });
    await carrier.callback(call.workflow_run_id, ended);
    await leavesNoTrace(call, async () => {
      expect((await askAbout(call)).text).toBe(HANGUP);
    });
  });

  describe('signature', () => {
    it.each([
      ['missing', null],
      ['empty', ''],
      ['wrong', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
      ['not base64', '-----not-a-signature-------='],
      ['far too long', 'A'.repeat(8_000)],
      ['of other bytes', '\u00ff\u00fe\u00fd'],
    ])('%s: 403, without a trace', async (_name, signature) => {
      const call = await api.place({ to: THEIR_NUMBER });
      await leavesNoTrace(call, async () => {
        const fields = carrier.fieldsOf(call.provider_call_id ?? '', 'in-progress');
        expect((await ask(call, fields, { signature })).status).toBe(403);
        // The signature comes before the shape.
        expect((await ask('workflow_id=1', fields, { signature })).status).toBe(403);
      });
    });

    it('with another account’s token: 403, and an unknown inbound call makes no run', async () => {
      const sid = newSid('CA');
      const reply = await ask(null, carrier.inboundFields(sid), { token: 'f'.repeat(32) });
      expect(reply.status).toBe(403);
      expect(await runsOf(sid)).toEqual([]);
    });
  });

  describe('ids', () => {
    const malformed = [
      '0',
      '-1',
      '1e3',
      '007',
      '1.0',
      '%2B1',
      '1%20',
      '%EF%BC%91',
      '0x1',
      '',
      '9'.repeat(17),
      '9007199254740992',
    ];
    it.each(malformed)('malformed: %j in any place, 400', async (id) => {
      for (const query of [
        `workflow_id=${id}&user_id=1&workflow_run_id=1`,
        `workflow_id=1&user_id=${id}&workflow_run_id=1`,
        `workflow_id=1&user_id=1&workflow_run_id=${id}`,
      ]) {
        const reply = await ask(query, carrier.inboundFields());
        expect([query, reply.status]).toEqual([query, 400]);
      }
    });

    it.each([
      'workflow_id=1',
      'user_id=1',
      'workflow_run_id=1',
      'workflow_id=1&user_id=1',
      'workflow_id=1&workflow_run_id=1',
      'user_id=1&workflow_run_id=1',
    ])('one or two of three (%s): 400, and no inbound call is made of it', async (query) => {
      const sid = newSid('CA');
      expect((await ask(query, carrier.inboundFields(sid))).status).toBe(400);
      expect(await runsOf(sid)).toEqual([]);
    });

    it.each(['workflow_id', 'user_id', 'workflow_run_id'])('%s repeated: 400', async (name) => {
      const query = `workflow_id=1&user_id=1&workflow_run_id=1&${name}=1`;
      expect((await ask(query, carrier.inboundFields())).status).toBe(400);
    });

    it('of an unknown run: <Hangup/>', async () => {
      const query = 'workflow_id=1&user_id=1&workflow_run_id=9007199254740991';
      expect((await ask(query, carrier.inboundFields())).text).toBe(HANGUP);
    });

    it.each(['workflow_id', 'user_id'] as const)(
      'that do not belong together (%s): <Hangup/>, without a trace',
      async (name) => {
        const call = await api.place({ to: THEIR_NUMBER });
        const fields = carrier.fieldsOf(call.provider_call_id ?? '', 'in-progress');
        await leavesNoTrace(call, async () => {
          const reply = await ask({ ...call, [name]: call[name] + 1 }, fields);
          expect(reply.text).toBe(HANGUP);
        });
      },
    );
  });

  describe('the carrier’s own fields', () => {
    it.each([
      ['no CallSid', { CallSid: '' }],
      ['a CallSid of another shape', { CallSid: `CA${'g'.repeat(32)}` }],
      ['no AccountSid', { AccountSid: '' }],
      ['an AccountSid of another shape', { AccountSid: 'AC1' }],
    ])('%s: 400', async (_name, more) => {
      const reply = await ask(null, carrier.inboundFields(newSid('CA'), more));
      expect(reply.status).toBe(400);
    });

    it('an endless From is cut, and the call taken', async () => {
      const fields = carrier.inboundFields(newSid('CA'), { From: `sip:${'a'.repeat(300)}@b.c` });
      expect(streamOf(await ask(null, fields)).url).toContain('/api/v1/telephony/ws/');
    });

    it('nobody called: <Reject/>, as for a number that nobody has claimed', async () => {
      const reply = await ask(null, carrier.inboundFields(newSid('CA'), { To: '' }));
      expect([reply.status, reply.text]).toEqual([200, REJECT]);
    });

    it('a CallSid that is not this run’s: <Hangup/>, without a trace', async () => {
      const call = await api.place({ to: THEIR_NUMBER });
      await leavesNoTrace(call, async () => {
        const reply = await ask(call, carrier.fieldsOf(newSid('CA'), 'in-progress'));
        expect(reply.text).toBe(HANGUP);
      });
    });

    it('an AccountSid that is not this run’s: <Hangup/>, without a trace', async () => {
      const call = await api.place({ to: THEIR_NUMBER });
      const fields = carrier.fieldsOf(call.provider_call_id ?? '', 'in-progress', {
        AccountSid: newSid('AC'),
      });
      await leavesNoTrace(call, async () => {
        expect((await ask(call, fields)).text).toBe(HANGUP);
      });
    });

    it('unknown, repeated and bracketed ones are taken as they come', async () => {
      const call = await api.place({ to: THEIR_NUMBER });
      const fields: Field[] = [
        ...carrier.fieldsOf(call.provider_call_id ?? '', 'in-progress'),
        ['Novel', ''],
        ['Twice', 'b'],
        ['Twice', 'a'],
        ['List[]', '1'],
        ['Deep[a][b]', '2'],
        ['__proto__', 'x'],
        ['Größe', '日本 + \u{1f4de}'],
      ];
      streamOf(await ask(call, fields));
    });
  });

  describe('of an inbound call', () => {
    it('to a number of ours: makes one run, rings, and connects it', async () => {
      const sid = newSid('CA');
      const first = streamOf(await ask(null, carrier.inboundFields(sid)));
      const again = streamOf(await ask(null, carrier.inboundFields(sid)));
      expect(again.url).toBe(first.url);
      expect(again.token).not.toBe(first.token);
      const runs = await runsOf(sid);
      expect(runs).toHaveLength(1);
      expect(runs[0]).toMatchObject({ direction: 'inbound', status: 'ringing', workflow_id: 1 });
    });

    it('to nobody: <Reject/>, and no run', async () => {
      const sid = newSid('CA');
      const fields = { From: 'client:alice', To: '' };
      expect((await ask(null, carrier.inboundFields(sid, fields))).text).toBe(REJECT);
      expect(await runsOf(sid)).toEqual([]);
    });

    it.each(['anonymous', 'client:alice', 'sip:a@b.example', '', '+'.repeat(300), 'a\0b'])(
      'from %j: is a call like any other',
      async (from) => {
        streamOf(await ask(null, carrier.inboundFields(newSid('CA'), { From: from })));
      },
    );

    it('to a number that no workflow has claimed: <Reject/>, and no run', async () => {
      const sid = newSid('CA');
      const reply = await ask(null, carrier.inboundFields(sid, { To: UNCLAIMED_NUMBER }));
      expect(reply.text).toBe(REJECT);
      expect(await runsOf(sid)).toEqual([]);
    });

    it('from another AccountSid than its first request: <Hangup/>, without a trace', async () => {
      const sid = newSid('CA');
      streamOf(await ask(null, carrier.inboundFields(sid)));
      const [call] = await runsOf(sid);
      await leavesNoTrace(call!, async () => {
        const fields = carrier.inboundFields(sid, { AccountSid: newSid('AC') });
        expect((await ask(null, fields)).text).toBe(HANGUP);
      });
    });

    it('that is none, being outbound and unknown: <Hangup/>', async () => {
      const reply = await ask(null, carrier.fieldsOf(newSid('CA'), 'in-progress'));
      expect(reply.text).toBe(HANGUP);
    });
  });
});
