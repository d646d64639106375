import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { ProblemJson } from '../support/api.js';
import {
  API_KEY,
  OUR_NUMBER,
  startGateway,
  THEIR_NUMBER,
  UNCLAIMED_NUMBER,
} from '../support/gateway.js';
import type { Gateway } from '../support/gateway.js';

/** A value inside so many arrays. */
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('what a POST of a call may hold', () => {
  let gateway: Gateway;
  let user: ReturnType<typeof request.agent>;

  beforeAll(async () => {
    gateway = await startGateway({ env: { ALLOWED_DESTINATIONS: '1,44' } });
    user = request.agent(gateway.url).set('Authorization', `Bearer ${API_KEY}`);
  });
  afterAll(() => gateway.stop());

  const post = (fields: Record<string, unknown>) =>
    user.post('/api/v1/telephony/calls').send({ workflow_id: 1, to: THEIR_NUMBER, ...fields });
  const postRaw = (text: string, type = 'application/json') =>
    user.post('/api/v1/telephony/calls').set('Content-Type', type).send(text);

  it.each([
    ['workflow_id', '1'],
    ['workflow_id', 0],
    ['workflow_id', -1],
    ['workflow_id', 1.5],
    ['workflow_id', 2 ** 53],
    ['workflow_id', null],
    ['workflow_id', [1]],
    ['workflow_id', {}],
    ['workflow_id', true],
    ['to', null],
    ['to', 12025550143],
    ['to', [THEIR_NUMBER]],
    ['to', { number: THEIR_NUMBER }],
    ['to', ''],
    ['to', '2025550143'],
    ['to', '0012025550143'],
    ['to', '+1 202 555 0143'],
    ['to', ' +12025550143'],
    ['to', '+12025550143\n'],
    ['to', '+12025550143;ext=1'],
    ['to', 'tel:+12025550143'],
    ['to', 'sip:someone@example.com'],
    ['to', '+0123456789'],
    ['to', '+1202'],
    ['to', '+1234567890123456'],
    ['to', `+${'1'.repeat(5_000)}`],
    ['to', '+１２０２５５５０１４３'],
    ['to', '911'],
    ['to', '+1911'],
    ['from', THEIR_NUMBER],
    ['from', '+1 500 555 0006'],
    ['from', ''],
    ['from', 15005550006],
    ['from', [OUR_NUMBER]],
    ['provider', 'nobody'],
    ['provider', ''],
    ['provider', 1],
    ['provider', '__proto__'],
    ['provider', 'x'.repeat(41)],
    ['context', 'text'],
    ['context', 1],
    ['context', []],
    ['context', [{ a: 1 }]],
    ['context', { text: 'x'.repeat(16 * 1024) }],
    ['context', { text: 'ü'.repeat(8 * 1024) }],
    ['ring_timeout_seconds', 4],
    ['ring_timeout_seconds', 601],
    ['ring_timeout_seconds', 5.5],
    ['ring_timeout_seconds', '60'],
    ['ring_timeout_seconds', [60]],
    ['max_duration_seconds', 0],
    ['max_duration_seconds', -60],
    ['max_duration_seconds', 86_401],
    ['max_duration_seconds', '3600'],
    ['max_duration_seconds', 1e300],
    ['machine_detection', 'Enable'],
    ['machine_detection', ''],
    ['machine_detection', true],
    ['machine_detection', ['enable']],
  ])('%s %j is refused by name', async (field, value) => {
    const reply = await post({ [field]: value });
    const problem = reply.body as ProblemJson;
    expect([reply.status, problem.code]).toEqual([400, 'invalid_request']);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(problem.errors.map((error) => error.field)).toEqual([field]);
    expect(problem.detail).toContain(field);
    expect(gateway.carrier.calls).toHaveLength(0);
  });

  it('every bad and every unknown field is named, not just the first', async () => {
    const reply = await post({ to: 5, ring_timeout_seconds: 1, callback_url: 'x', From: 'y' });
    const { errors } = reply.body as ProblemJson;
    expect(reply.status).toBe(400);
    expect(errors.map(({ field }) => field).sort()).toEqual([
      'From',
      'callback_url',
      'ring_timeout_seconds',
      'to',
    ]);
  });

  it('both required fields are named when the body is empty', async () => {
    for (const reply of [
      await user.post('/api/v1/telephony/calls'),
      await postRaw('{}'),
      await postRaw('', 'text/plain'),
    ]) {
      expect(reply.status).toBe(400);
      const { errors } = reply.body as ProblemJson;
      expect(errors.map(({ field }) => field).sort()).toEqual(['to', 'workflow_id']);
    }
  });

  it.each([
    ['a text that is not JSON', 'workflow_id=1'],
    ['JSON cut short', '{"workflow_id":1,"to":"+1202'],
    ['null', 'null'],
    ['a number', '1'],
    ['a string', '"+12025550143"'],
    ['an empty array', '[]'],
    ['an array of calls', JSON.stringify([{ workflow_id: 1, to: THEIR_NUMBER }])],
    ['an array in an array', '[[]]'],
    ['NaN', '{"workflow_id":NaN}'],
    ['two documents', '{}{}'],
    ['nesting that no reader survives', `{"context":${nested(100_000)}}`],
    ['nesting inside the context', `{"context":{"a":${nested(5_000)}}}`],
    ['an array nested for its own sake', nested(100_000)],
  ])('%s instead of an object is 400', async (_what, text) => {
    const reply = await postRaw(text);
    expect([reply.status, (reply.body as ProblemJson).code]).toEqual([400, 'invalid_request']);
  });

  it('a form is not JSON, and says so', async () => {
    const reply = await postRaw('workflow_id=1&to=x', 'application/x-www-form-urlencoded');
    expect(reply.status).toBe(400);
    expect((reply.body as ProblemJson).detail).toContain('JSON');
  });

  it('a body in a character set nobody knows is 400', async () => {
    const reply = await postRaw('{}', 'application/json; charset=klingon');
    expect([reply.status, (reply.body as ProblemJson).code]).toEqual([400, 'invalid_request']);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'a field called %s is unknown like any other',
    async (name) => {
      const reply = await postRaw(
        `{"workflow_id":1,"to":"${THEIR_NUMBER}","${name}":{"from":"${OUR_NUMBER}","polluted":1}}`,
      );
      expect(reply.status).toBe(400);
      expect((reply.body as ProblemJson).errors.map(({ field }) => field)).toEqual([name]);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(gateway.carrier.calls).toHaveLength(0);
    },
  );

  it('a body of more than 256 KiB is 413 payload_too_large, however it is sent', async () => {
    const text = JSON.stringify({ context: { text: 'x'.repeat(300 * 1024) } });
    const reply = await postRaw(text);
    expect(reply.status).toBe(413);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.body).toMatchObject({ status: 413, code: 'payload_too_large' });
    const chunked = await fetch(`${gateway.url}/api/v1/telephony/calls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}` },
      body: new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(text));
          controller.close();
        },
      }),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
  });

  it('a country that ALLOWED_DESTINATIONS does not list is refused, one that it lists is not', async () => {
    const refused = await post({ to: '+33142685300' });
    expect(refused.status).toBe(400);
    expect((refused.body as ProblemJson).detail).toContain('ALLOWED_DESTINATIONS');
    expect(gateway.carrier.calls).toHaveLength(0);
  });

  it.each(['+19002345678', '+449098790000'])('%s is premium rate and refused', async (to) => {
    const reply = await post({ to });
    expect(reply.status).toBe(400);
    expect((reply.body as ProblemJson).detail).toContain('premium');
  });

  it('a number cannot call itself', async () => {
    const reply = await post({ to: OUR_NUMBER });
    expect(reply.status).toBe(400);
    expect((reply.body as ProblemJson).errors.map(({ field }) => field)).toEqual(['to']);
  });

  it('a workflow that is not there is 404', async () => {
    const reply = await post({ workflow_id: 4711 });
    expect([reply.status, (reply.body as ProblemJson).code]).toEqual([404, 'not_found']);
  });

  it('the bounds themselves are accepted, and null means absent', async () => {
    for (const fields of [
      { ring_timeout_seconds: 5, max_duration_seconds: 1, machine_detection: 'enable' },
      { ring_timeout_seconds: 600, max_duration_seconds: 86_400 },
      { from: UNCLAIMED_NUMBER, provider: 'twilio', machine_detection: 'detect_message_end' },
      { context: { text: 'x'.repeat(16 * 1024 - '{"text":""}'.length) } },
      { from: null, provider: null, context: null, machine_detection: null },
      { ring_timeout_seconds: null, max_duration_seconds: null },
      { to: '+442079460000' },
    ]) {
      const reply = await post(fields);
      expect([fields, reply.status]).toEqual([fields, 201]);
    }
    expect(gateway.carrier.calls).toHaveLength(7);
  });

  it('a context comes back as it was sent, whatever its members are called', async () => {
    const context = {
      constructor: 'Hochtief',
      toString: 'text',
      'a.b': [1, null, true, { c: 'ü🙂\\u0000' }],
      when: '2026-11-23T10:00:00Z',
      empty: {},
    };
    const placed = await postRaw(JSON.stringify({ workflow_id: 1, to: THEIR_NUMBER, context }));
    expect(placed.status).toBe(201);
    expect(placed.body.context).toEqual(context);
    const read = await user.get(`/api/v1/telephony/calls/${placed.body.workflow_run_id}`);
    expect(read.body.context).toEqual(context);
  });

  it.each(['abc', '0', '-1', '1.5', '1e3', '9007199254740993', '%00', '1%2f2'])(
    'the id %s in a path is 400',
    async (id) => {
      const reply = await user.get(`/api/v1/telephony/calls/${id}`);
      expect([reply.status, (reply.body as ProblemJson).code]).toEqual([400, 'invalid_request']);
    },
  );

  it('a path that cannot be decoded is 400, and one that is not there 404', async () => {
    expect((await user.get('/api/v1/telephony/calls/%zz')).status).toBe(400);
    const absent = await user.get('/api/v1/telephony/nothing');
    expect([absent.status, (absent.body as ProblemJson).code]).toEqual([404, 'not_found']);
    expect(absent.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});
