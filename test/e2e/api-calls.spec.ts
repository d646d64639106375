import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { Api, type CallJson } from '../support/api.js';
import { API_KEY, OUR_NUMBER, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import type { Gateway } from '../support/gateway.js';

const CALLS = '/api/v1/telephony/calls';

interface Page {
  data: CallJson[];
  next_cursor: string | null;
}

describe('the list of calls', () => {
  let gateway: Gateway;
  let api: Api;
  let user: ReturnType<typeof request.agent>;
  let workflowId: number;
  const runs: Record<'busy' | 'live' | 'other' | 'inbound', CallJson> = {} as never;

  const list = async (query: Record<string, string | number> = {}): Promise<Page> => {
    const reply = await user.get(CALLS).query(query);
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    return reply.body as Page;
  };
  const ids = (page: Page): number[] => page.data.map((call) => call.workflow_run_id);

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
    user = request.agent(gateway.url).set('Authorization', `Bearer ${API_KEY}`);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    const workflow = await user.post('/api/v1/workflows').send({ name: 'Second', agent: 'echo' });
    workflowId = workflow.body.workflow_id as number;
    gateway.carrier.behave('+12025550001', { outcome: 'busy' });
    const busy = await api.place({ to: '+12025550001' });
    runs.busy = await api.until(busy.workflow_run_id, (call) => call.ended_at !== null);
    const live = await api.place({ to: '+12025550002', context: { order: 7 } });
    runs.live = await api.until(live.workflow_run_id, (call) => call.streaming);
    gateway.carrier.behave('+12025550003', { ringMs: 60_000 });
    const other = await api.place({ to: '+12025550003', workflow_id: workflowId });
    runs.other = await api.until(other.workflow_run_id, (call) => call.status === 'ringing');
    const call = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    await call.streamStarted;
    const found = await list({ provider_call_id: call.sid });
    runs.inbound = await api.call(found.data[0]?.workflow_run_id ?? 0);
  });
  afterAll(() => gateway.stop());

  it('is newest first, each call as GET shows it, without its events', async () => {
    const page = await list();
    expect(ids(page)).toEqual(
      [runs.inbound, runs.other, runs.live, runs.busy].map((run) => run.workflow_run_id),
    );
    expect(page.next_cursor).toBeNull();
    const { events, ...busy } = await api.call(runs.busy.workflow_run_id);
    expect(events.length).toBeGreaterThan(0);
    expect(page.data[3]).toEqual(busy);
    expect(page.data[2]).toMatchObject({ streaming: true, context: { order: 7 } });
  });

  it.each([
    ['status', () => ({ status: 'busy' }), ['busy']],
    ['another status', () => ({ status: 'ringing' }), ['other']],
    ['a status that no call has', () => ({ status: 'no-answer' }), []],
    ['why they ended', () => ({ end_reason: 'busy' }), ['busy']],
    ['any of several reasons', () => ({ end_reason: 'agent_failed,busy,busy' }), ['busy']],
    ['a reason that no call has', () => ({ end_reason: 'stream_lost' }), []],
    [
      'a reason and a number',
      () => ({ end_reason: 'busy,no_answer', number: OUR_NUMBER }),
      ['busy'],
    ],
    ['a reason and the other direction', () => ({ end_reason: 'busy', direction: 'inbound' }), []],
    ['direction', () => ({ direction: 'inbound' }), ['inbound']],
    ['workflow', () => ({ workflow_id: workflowId }), ['other']],
    ['a workflow that is not there', () => ({ workflow_id: 4711 }), []],
    ['the called number', () => ({ number: '+12025550002' }), ['live']],
    ['the calling number', () => ({ number: THEIR_NUMBER }), ['inbound']],
    [
      'our number, whichever side it is on',
      () => ({ number: OUR_NUMBER }),
      ['inbound', 'other', 'live', 'busy'],
    ],
    [
      "the carrier's id of the call",
      () => ({ provider_call_id: runs.live.provider_call_id ?? '' }),
      ['live'],
    ],
    ['two of them', () => ({ direction: 'outbound', status: 'answered' }), ['live']],
    ['two that exclude each other', () => ({ direction: 'inbound', status: 'busy' }), []],
  ] as const)('can be filtered by %s', async (_what, query, expected) => {
    const wanted = expected.map((name) => runs[name].workflow_run_id);
    expect(ids(await list(query()))).toEqual(wanted);
  });

  it('a number may be written without escaping its +', async () => {
    const reply = await user.get(`${CALLS}?number=+12025550002`);
    expect(ids(reply.body as Page)).toEqual([runs.live.workflow_run_id]);
  });

  it('by time: from_time included, to_time not, in any offset', async () => {
    const { created_at: createdAt } = (await user.get(`${CALLS}/${runs.live.workflow_run_id}`))
      .body as { created_at: string };
    const since = await list({ from_time: createdAt });
    expect(ids(since)).toEqual(
      [runs.inbound, runs.other, runs.live].map((run) => run.workflow_run_id),
    );
    expect(ids(await list({ to_time: createdAt }))).toEqual([runs.busy.workflow_run_id]);
    expect(ids(await list({ from_time: createdAt, to_time: createdAt }))).toEqual([]);
    const shifted = new Date(Date.parse(createdAt) + 2 * 3_600_000).toISOString();
    const offset = shifted.replace('Z', '+02:00');
    expect(ids(await list({ to_time: offset }))).toEqual([runs.busy.workflow_run_id]);
    // The + of an offset is a space where nobody escaped it.
    const unescaped = await user.get(`${CALLS}?to_time=${offset}`);
    expect(ids(unescaped.body as Page)).toEqual([runs.busy.workflow_run_id]);
    expect(ids(await list({ from_time: '2020-01-01' }))).toHaveLength(4);
    expect(ids(await list({ from_time: createdAt.replace('Z', '') }))).toEqual(ids(since));
  });

  it.each([
    ['status', 'Busy'],
    ['status', ''],
    ['status', 'in-progress'],
    ['end_reason', 'Busy'],
    ['end_reason', ''],
    ['end_reason', 'busy,'],
    ['end_reason', 'busy,nothing'],
    ['direction', 'outbound-api'],
    ['workflow_id', '0'],
    ['workflow_id', 'abc'],
    ['workflow_id', ''],
    ['workflow_id', '1.5'],
    ['workflow_id', '9007199254740993'],
    ['number', 'sip:'],
    ['number', '+12'],
    ['number', '+1 202 555 0143'],
    ['number', ''],
    ['provider_call_id', 'x'.repeat(65)],
    ['provider_call_id', '\u0000'],
    ['from_time', 'yesterday'],
    ['from_time', '2026-02-30T00:00:00Z'],
    ['from_time', '2026-13-01'],
    ['from_time', '2026-W10-1'],
    ['from_time', '2026-100'],
    ['from_time', '20261123T100000Z'],
    ['from_time', '1795428000'],
    ['to_time', ''],
    ['to_time', '2026-11-23T25:00:00Z'],
    ['limit', '0'],
    ['limit', '101'],
    ['limit', '-1'],
    ['limit', '1.5'],
    ['limit', 'all'],
    ['limit', ''],
    ['cursor', ''],
    ['cursor', 'abc'],
    ['cursor', '%'],
    ['cursor', Buffer.from('-1').toString('base64url')],
    ['cursor', Buffer.from('NaN').toString('base64url')],
    ['mask_numbers', 'maybe'],
    ['offset', '10'],
    ['user_id', '2'],
    ['__proto__', 'x'],
    ['constructor', 'x'],
  ])('%s=%j is 400 and named', async (name, value) => {
    const reply = await user.get(CALLS).query(`${name}=${encodeURIComponent(value)}`);
    expect([reply.status, reply.body.code]).toEqual([400, 'invalid_request']);
    expect(reply.body.errors).toMatchObject([{ field: name }]);
  });

  it.each([
    'status',
    'end_reason',
    'direction',
    'number',
    'from_time',
    'limit',
    'cursor',
    'provider_call_id',
  ])('%s given twice is 400', async (name) => {
    const value =
      { status: 'busy', end_reason: 'busy', direction: 'inbound', limit: '5' }[name] ?? 'MQ';
    const reply = await user.get(CALLS).query(`${name}=${value}&${name}=${value}`);
    expect([reply.status, reply.body.code]).toEqual([400, 'invalid_request']);
  });

  it('pages follow each other without gaps or repeats while new calls arrive', async () => {
    gateway.carrier.behave(null, { outcome: 'busy' });
    for (let i = 0; i < 25; i++) await api.place({ to: `+1202555${3_000 + i}` });
    const before = new Set(ids(await list({ limit: 100 })));
    const seen: number[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Page = await list({ limit: 4, ...(cursor === null ? {} : { cursor }) });
      expect(page.data.length).toBeLessThanOrEqual(4);
      seen.push(...ids(page));
      cursor = page.next_cursor;
      pages += 1;
      await api.place({ to: `+1202555${4_000 + pages}` });
    } while (cursor !== null);
    expect(seen).toEqual([...before].sort((a, b) => b - a));
    expect(pages).toBe(Math.ceil(before.size / 4));
  });

  it('a cursor goes with filters, and the last page has none, even when it is full', async () => {
    const first = await list({ status: 'busy', limit: 10 });
    const second = await list({ status: 'busy', limit: 10, cursor: first.next_cursor ?? '' });
    expect(ids(first).filter((id) => ids(second).includes(id))).toEqual([]);
    // The calls of the test before are still on their way; one is to ring for ever. Only then does the list stand still.
    const ringing = runs.other.workflow_run_id;
    for (const status of ['queued', 'initiated', 'ringing']) {
      while (ids(await list({ status })).some((id) => id !== ringing)) await setTimeout(20);
    }
    const all = await list({ status: 'busy', limit: 100 });
    const exact = await list({ status: 'busy', limit: all.data.length });
    expect(exact.next_cursor).toBeNull();
    expect(ids(exact)).toEqual(ids(all));
  });

  describe('as CSV', () => {
    const csv = (agent: ReturnType<typeof request.agent>, query: Record<string, string> = {}) =>
      agent.get(CALLS).set('Accept', 'text/csv').query(query);

    it('has every page of what the filters show, in the same order', async () => {
      const all = await list({ status: 'busy', limit: 100 });
      const reply = await csv(user, { status: 'busy', limit: '1' });
      expect(reply.status).toBe(200);
      expect(reply.headers['content-type']).toMatch(/^text\/csv; charset=utf-8/);
      expect(reply.headers['content-disposition']).toBe('attachment; filename="calls.csv"');
      const [head = '', ...lines] = reply.text.trimEnd().split('\r\n');
      expect(lines.map((line) => Number(line.split(',', 1)[0]))).toEqual(ids(all));
      expect(head.split(',').sort()).toEqual(Object.keys(all.data[0] ?? {}).sort());
    });

    it('masks numbers where asked to, and shows them otherwise', async () => {
      const query = { number: '+12025550002' };
      expect((await csv(user, query)).text).toContain(',+12025550002,');
      const masked = await csv(user, { ...query, mask_numbers: 'true' });
      expect(masked.text).toContain('•02');
      expect(masked.text).not.toContain('+12025550002');
    });

    it('has nothing of another user’s', async () => {
      const { body: other } = await user.post('/api/v1/users').send({ name: 'Other' });
      const { body: issued } = await user.post(`/api/v1/users/${other.user_id}/keys`).send({});
      const theirs = request.agent(gateway.url).set('Authorization', `Bearer ${issued.key}`);
      expect((await csv(theirs)).text).toMatch(/^workflow_run_id,.*\r\n$/);
    });

    it('is only sent to who prefers it, and refuses a wrong filter as JSON', async () => {
      for (const accept of ['*/*', 'application/json, text/csv', 'text/html']) {
        const reply = await user.get(CALLS).set('Accept', accept);
        expect([accept, reply.headers['content-type']]).toEqual([
          accept,
          expect.stringContaining('application/json'),
        ]);
      }
      const wrong = await csv(user, { status: 'green' });
      expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid_request']);
    });
  });

  it('without a limit a page holds 20', async () => {
    const page = await list();
    expect(page.data).toHaveLength(20);
    expect(page.next_cursor).toMatch(/^[\w-]+$/);
  });

  it("one call has its events, in the order they came, with the carrier's words beside ours", async () => {
    const call = await api.until(runs.live.workflow_run_id, (one) => one.events.length >= 5);
    const told = call.events.filter(({ source }) => source === 'status-callback');
    expect(new Set(told.map(({ status }) => status))).toEqual(
      new Set(['initiated', 'ringing', 'answered']),
    );
    const answered = told.find(({ status }) => status === 'answered');
    expect(answered).toEqual({
      event_id: expect.any(Number),
      type: 'status',
      status: 'answered',
      provider_status: 'in-progress',
      sequence: 2,
      source: 'status-callback',
      outcome: expect.stringMatching(/applied|late/),
      detail: expect.any(Object),
      occurred_at: expect.any(String),
      received_at: expect.any(String),
    });
    expect(call.events.map(({ event_id: id }) => id)).toEqual(
      call.events.map(({ event_id: id }) => id).sort((a, b) => a - b),
    );
    expect(call.events.filter(({ type }) => type !== 'status').map(({ status }) => status)).toEqual(
      call.events.filter(({ type }) => type !== 'status').map(() => null),
    );
    // Neither numbers nor what the carrier sent word for word.
    expect(JSON.stringify(call.events)).not.toMatch(/\+1\d{10}|AccountSid|"payload"/);
  });
});
