import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { API_KEY, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import type { Gateway } from '../support/gateway.js';

const CALLS = '/api/v1/telephony/calls';
const userOf = (url: string, key = API_KEY) =>
  request.agent(url).set('Authorization', `Bearer ${key}`);
/** Numbers that nothing else in this file calls. */
let lastNumber = 0;
const aNumber = (): string => `+1202555${String(2_000 + lastNumber++)}`;

describe('Idempotency-Key', () => {
  let gateway: Gateway;
  let user: ReturnType<typeof userOf>;

  beforeAll(async () => {
    gateway = await startGateway();
    user = userOf(gateway.url);
  });
  afterAll(() => gateway.stop());

  const place = (key: string, to: string, fields: Record<string, unknown> = {}, by = user) =>
    by
      .post(CALLS)
      .set('Idempotency-Key', key)
      .send({ workflow_id: 1, to, ...fields })
      .then((reply) => reply);
  const dialled = (to: string) => gateway.carrier.calls.filter((call) => call.to === to);

  it('the same key and body again: 200 with the same call, as it is by then', async () => {
    const to = aNumber();
    const first = await place('again', to, { context: { a: 1, b: [2, { c: 3, d: 4 }] } });
    expect(first.status).toBe(201);
    dialled(to)[0]?.hangUp();
    await dialled(to)[0]?.settled;
    // The order of members is no difference.
    const second = await place('again', to, { context: { b: [2, { d: 4, c: 3 }], a: 1 } });
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({
      workflow_run_id: first.body.workflow_run_id as number,
      provider_call_id: first.body.provider_call_id as string,
      status: expect.stringMatching(/busy|completed/),
    });
    expect(dialled(to)).toHaveLength(1);
  });

  it('twenty at the same time dial once, and all are told the same call', async () => {
    const to = aNumber();
    const replies = await Promise.all(Array.from({ length: 20 }, () => place('burst', to)));
    const statuses = replies.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([...Array.from({ length: 19 }, () => 200), 201]);
    expect(new Set(replies.map(({ body }) => body.workflow_run_id as number)).size).toBe(1);
    for (const { body } of replies) expect(body.provider_call_id).toBe(dialled(to)[0]?.sid);
    expect(dialled(to)).toHaveLength(1);
  });

  it.each([
    ['another number', () => ({ to: aNumber() })],
    ['another field', () => ({ ring_timeout_seconds: 30 })],
    ['another context', () => ({ context: { a: 2 } })],
    ['an order in which order counts', () => ({ context: { list: [2, 1] } })],
  ])('%s under the same key: 422 idempotency_key_reused, nothing dialled', async (what, change) => {
    const to = aNumber();
    const key = what.replaceAll(' ', '-');
    const first = await place(key, to, { context: { list: [1, 2] } });
    expect(first.status).toBe(201);
    const count = gateway.carrier.calls.length;
    const second = await place(key, to, { context: { list: [1, 2] }, ...change() });
    expect(second.status).toBe(422);
    expect(second.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(second.body).toMatchObject({
      code: 'idempotency_key_reused',
      workflow_run_id: first.body.workflow_run_id as number,
    });
    expect(gateway.carrier.calls).toHaveLength(count);
  });

  it('another body at the same time: one call, and 422 for the other', async () => {
    const numbers = [aNumber(), aNumber()];
    const replies = await Promise.all(numbers.map((to) => place('race', to)));
    expect(replies.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 422]);
    expect(numbers.flatMap((to) => dialled(to))).toHaveLength(1);
  });

  it('keys belong to a user: the same key of another one is another call', async () => {
    const { body: other } = await user.post('/api/v1/users').send({ name: 'Other' });
    const { body: issued } = await user.post(`/api/v1/users/${other.user_id}/keys`).send({});
    const stranger = userOf(gateway.url, issued.key as string);
    const workflow = await stranger.post('/api/v1/workflows').send({ name: 'W', agent: 'echo' });
    const to = aNumber();
    const first = await place('mine', to);
    const second = await place('mine', to, { workflow_id: workflow.body.workflow_id }, stranger);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.workflow_run_id).not.toBe(first.body.workflow_run_id);
    expect(dialled(to)).toHaveLength(2);
  });

  it('a request that was refused before anything was saved leaves its key free', async () => {
    const to = aNumber();
    expect((await place('free', to, { ring_timeout_seconds: 1 })).status).toBe(400);
    expect((await place('free', to, { workflow_id: 4711 })).status).toBe(404);
    expect((await place('free', to)).status).toBe(201);
  });

  it('a call that the carrier refused is not dialled again: 200 with the failed call', async () => {
    const to = aNumber();
    gateway.carrier.fault({ to, reply: { status: 400, code: 21_215, message: 'No' } });
    const first = await place('refused', to);
    expect(first.status).toBe(502);
    const second = await place('refused', to);
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({
      workflow_run_id: first.body.workflow_run_id as number,
      status: 'failed',
      end_reason: 'provider_rejected',
    });
    expect(dialled(to)).toHaveLength(0);
  });

  it('a lost reply: the same key asks for the same call, and dials none beside it', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { queuedMs: 500 });
    gateway.carrier.fault({ to, reply: 'lost' });
    const replies = [await place('lost', to), await place('lost', to)];
    expect(replies.map(({ status }) => status)).toEqual([201, 200]);
    expect(dialled(to)).toHaveLength(1);
  });

  it.each([
    ['empty', ''],
    ['with a space', 'a b'],
    ['longer than 255', 'k'.repeat(256)],
    ['not ASCII', 'schlüssel'],
  ])('a key that is %s is 400 and names the header', async (_what, key) => {
    const to = aNumber();
    const reply = await place(key, to);
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ field: 'Idempotency-Key', message: expect.any(String) }]);
    expect(dialled(to)).toHaveLength(0);
  });

  it('a key of 255 characters will do', async () => {
    expect((await place('k'.repeat(255), THEIR_NUMBER)).status).toBe(201);
  });

  it('while the first is under way: one that comes in time gets its call, one that waits 5 s in vain 409 with Retry-After', async () => {
    const quick = aNumber();
    const slow = aNumber();
    gateway.carrier.fault({ to: quick, delayMs: 1_000 });
    gateway.carrier.fault({ to: slow, delayMs: 9_000 });
    const firsts = [place('quick', quick), place('slow', slow)];
    await gateway.carrier.waitForCall((call) => call.to === quick);
    await gateway.carrier.waitForCall((call) => call.to === slow);
    const [inTime, inVain] = await Promise.all([place('quick', quick), place('slow', slow)]);
    expect(inTime?.status).toBe(200);
    expect(inTime?.body.provider_call_id).toBe(dialled(quick)[0]?.sid);
    expect(inVain?.status).toBe(409);
    expect(inVain?.body).toMatchObject({ code: 'conflict' });
    expect(Number(inVain?.headers['retry-after'])).toBeGreaterThan(0);
    const [, slowFirst] = await Promise.all(firsts);
    expect(slowFirst?.status).toBe(201);
    expect(inVain?.body.workflow_run_id).toBe(slowFirst?.body.workflow_run_id);
    const later = await place('slow', slow);
    expect(later.status).toBe(200);
    expect(dialled(quick).length + dialled(slow).length).toBe(2);
  });
});
