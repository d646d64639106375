import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { API_KEY, OUR_NUMBER, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import type { Gateway } from '../support/gateway.js';

type Agent = ReturnType<typeof request.agent>;

/** What only carriers call: they sign instead of sending a key. */
const CARRIER_ROUTES = /\/telephony\/(twiml|status-callback|accounts)/;
const ADMIN_ROUTES = /^\/api\/v1\/(phone-numbers|users|audit|telephony\/diagnostics)/;

interface Route {
  method: string;
  path: string;
}

/** Every route of our own API as the running app has it, so that a new one is tested too. */
function apiRoutes(gateway: Gateway): Route[] {
  const express = gateway.service.app.getHttpAdapter().getInstance() as unknown as {
    router: {
      stack: Array<{ route?: { path: string | string[]; methods: Record<string, boolean> } }>;
    };
  };
  return express.router.stack
    .flatMap(({ route }) =>
      [route?.path ?? []].flat().flatMap((path) =>
        Object.keys(route?.methods ?? {})
          .filter((method) => !method.startsWith('_'))
          .map((method) => ({ method: method.toUpperCase(), path })),
      ),
    )
    .filter(({ path }) => path.startsWith('/api/v1/') && !CARRIER_ROUTES.test(path));
}

/** What is wrong in itself is refused before it matters whose the thing is. */
const BODIES: Record<string, object> = {
  transfer: { to: '+12025550123' },
  digits: { digits: '1' },
};

async function send(agent: Agent, { method, path }: Route, id = '1') {
  const url = path.replace(/:\w+/g, id);
  switch (method) {
    case 'POST':
      return agent.post(url).send(BODIES[path.split('/').at(-1) ?? ''] ?? {});
    case 'PATCH':
      return agent.patch(url).send({});
    case 'PUT':
      return agent.put(url).send({});
    case 'DELETE':
      return agent.delete(url);
    default:
      return agent.get(url);
  }
}

describe('who may use the API', () => {
  let gateway: Gateway;
  let admin: Agent;
  let other: Agent;
  let otherUserId: number;

  const withHeader = (value: string) =>
    request(gateway.url).get('/api/v1/workflows').set('Authorization', value);
  const agentFor = (key: string): Agent =>
    request.agent(gateway.url).set('Authorization', `Bearer ${key}`);
  const issueKey = async (userId: number): Promise<{ key_id: number; key: string }> => {
    const reply = await admin.post(`/api/v1/users/${userId}/keys`).send({ name: 'test' });
    return reply.body as { key_id: number; key: string };
  };

  beforeAll(async () => {
    gateway = await startGateway();
    admin = agentFor(API_KEY);
    const user = await admin.post('/api/v1/users').send({ name: 'Other' });
    otherUserId = (user.body as { user_id: number }).user_id;
    other = agentFor((await issueKey(otherUserId)).key);
  });
  afterAll(() => gateway.stop());

  it('without a key every route answers 401 as a problem that says which scheme it wants', async () => {
    const routes = apiRoutes(gateway);
    expect(routes.length).toBeGreaterThan(15);
    for (const route of routes) {
      const reply = await send(request.agent(gateway.url), route);
      expect([route, reply.status]).toEqual([route, 401]);
      expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(reply.headers['www-authenticate']).toBe('Bearer');
      expect(reply.headers['cache-control']).toBe('no-store');
      expect(reply.body).toMatchObject({ status: 401, code: 'unauthorized' });
    }
  });

  it.each([
    ['another scheme', `Basic ${Buffer.from(`user:${API_KEY}`).toString('base64')}`],
    ['the key without a scheme', API_KEY],
    ['a scheme without a key', 'Bearer '],
    ['a key that nobody has', 'Bearer pbk_nobody-has-this-key-0123456789'],
    ['a key cut short', `Bearer ${API_KEY.slice(0, -1)}`],
    ['a key and more', `Bearer ${API_KEY}x`],
    ['two keys', `Bearer ${API_KEY} ${API_KEY}`],
    ['a key of ten thousand characters', `Bearer ${'k'.repeat(10_000)}`],
  ])('%s is 401', async (_what, header) => {
    const reply = await withHeader(header);
    expect(reply.status).toBe(401);
    expect(reply.body).toMatchObject({ code: 'unauthorized' });
  });

  it('the scheme may be written in any case', async () => {
    expect((await withHeader(`bearer ${API_KEY}`)).status).toBe(200);
  });

  it('a revoked key is refused at once, while the other keys of its user go on', async () => {
    const first = await issueKey(otherUserId);
    const second = await issueKey(otherUserId);
    expect((await agentFor(first.key).get('/api/v1/workflows')).status).toBe(200);
    const revoked = await admin.delete(`/api/v1/users/${otherUserId}/keys/${first.key_id}`);
    expect(revoked.status).toBe(204);
    expect((await agentFor(first.key).get('/api/v1/workflows')).status).toBe(401);
    expect((await agentFor(second.key).get('/api/v1/workflows')).status).toBe(200);
  });

  it("user 1's routes look like no page at all to another user", async () => {
    const nowhere = await other.get('/api/v1/nothing-here');
    const routes = apiRoutes(gateway).filter(({ path }) => ADMIN_ROUTES.test(path));
    expect(routes.length).toBeGreaterThanOrEqual(7);
    for (const route of routes) {
      const reply = await send(other, route);
      expect([route, reply.status]).toEqual([route, 404]);
      expect(reply.body).toMatchObject({ code: 'not_found', title: nowhere.body.title });
    }
  });
});

describe("one user's things and another user", () => {
  let gateway: Gateway;
  let admin: Agent;
  let other: Agent;
  let runId: number;
  let workflowId: number;
  let otherWorkflowId: number;

  beforeAll(async () => {
    gateway = await startGateway();
    admin = request.agent(gateway.url).set('Authorization', `Bearer ${API_KEY}`);
    const user = await admin.post('/api/v1/users').send({ name: 'Other' });
    const { user_id: userId } = user.body as { user_id: number };
    const issued = await admin.post(`/api/v1/users/${userId}/keys`).send({});
    const { key } = issued.body as { key: string };
    other = request.agent(gateway.url).set('Authorization', `Bearer ${key}`);
    const own = await admin.post('/api/v1/workflows').send({ name: 'Mine', agent: 'echo' });
    workflowId = (own.body as { workflow_id: number }).workflow_id;
    const theirs = await other.post('/api/v1/workflows').send({ name: 'Theirs', agent: 'echo' });
    otherWorkflowId = (theirs.body as { workflow_id: number }).workflow_id;
    const placed = await admin
      .post('/api/v1/telephony/calls')
      .send({ workflow_id: workflowId, to: THEIR_NUMBER });
    runId = (placed.body as { workflow_run_id: number }).workflow_run_id;
  });
  afterAll(() => gateway.stop());

  it('every route with an id answers 404, as if there were no such thing', async () => {
    const routes = apiRoutes(gateway).filter(({ path }) => path.includes(':'));
    expect(routes.length).toBeGreaterThanOrEqual(7);
    for (const route of routes) {
      const id = route.path.includes('workflow_run_id') ? runId : workflowId;
      const reply = await send(other, route, String(id));
      expect([route, reply.status]).toEqual([route, 404]);
      expect(reply.body).toMatchObject({ code: 'not_found' });
    }
  });

  it('the answer for what is not yours is the answer for what is not there', async () => {
    const foreign = await other.get(`/api/v1/telephony/calls/${runId}`);
    const absent = await other.get('/api/v1/telephony/calls/9007199254740991');
    expect(foreign.body).toEqual(absent.body);
  });

  it('nothing of it was changed', async () => {
    const call = await admin.get(`/api/v1/telephony/calls/${runId}`);
    expect(call.body).toMatchObject({ to: THEIR_NUMBER, end_reason: null });
    const workflow = await admin.get(`/api/v1/workflows/${workflowId}`);
    expect(workflow.body).toMatchObject({ name: 'Mine' });
  });

  it('lists hold only what is yours', async () => {
    const calls = await other.get('/api/v1/telephony/calls');
    expect(calls.body).toEqual({ data: [], next_cursor: null });
    const byWorkflow = await other.get(`/api/v1/telephony/calls?workflow_id=${workflowId}`);
    expect(byWorkflow.body).toEqual({ data: [], next_cursor: null });
    const workflows = await other.get('/api/v1/workflows');
    expect(workflows.body.data).toHaveLength(1);
    expect(workflows.body.data[0]).toMatchObject({ workflow_id: otherWorkflowId });
  });

  it("placing a call with another user's workflow is 404, and nothing is dialled", async () => {
    const dialled = gateway.carrier.calls.length;
    const reply = await other
      .post('/api/v1/telephony/calls')
      .send({ workflow_id: workflowId, to: THEIR_NUMBER });
    expect(reply.status).toBe(404);
    expect(reply.body).toMatchObject({ code: 'not_found' });
    expect(gateway.carrier.calls).toHaveLength(dialled);
  });

  it('not even user 1 sees or ends the calls of another user', async () => {
    const placed = await other
      .post('/api/v1/telephony/calls')
      .send({ workflow_id: otherWorkflowId, to: THEIR_NUMBER });
    expect(placed.status).toBe(201);
    const path = `/api/v1/telephony/calls/${placed.body.workflow_run_id}`;
    expect((await admin.get(path)).status).toBe(404);
    expect((await admin.post(`${path}/hangup`)).status).toBe(404);
  });

  it('a call that comes in belongs to the owner of the workflow its number leads to', async () => {
    await admin
      .post('/api/v1/phone-numbers')
      .send({ number: OUR_NUMBER, workflow_id: otherWorkflowId });
    const call = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    await call.streamStarted;
    const path = `/api/v1/telephony/calls?provider_call_id=${call.sid}`;
    expect((await other.get(path)).body.data).toHaveLength(1);
    expect((await admin.get(path)).body.data).toHaveLength(0);
  });
});

describe('requests per minute', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ env: { API_REQUESTS_PER_MINUTE: '6' } });
  });
  afterAll(() => gateway.stop());

  it('more than allowed with one key is 429 rate_limited with Retry-After; another key has its own count', async () => {
    const admin = request.agent(gateway.url).set('Authorization', `Bearer ${API_KEY}`);
    await admin.post('/api/v1/phone-numbers').send({ number: OUR_NUMBER, workflow_id: 1 });
    const user = await admin.post('/api/v1/users').send({ name: 'Other' });
    const issued = await admin.post(`/api/v1/users/${user.body.user_id}/keys`).send({});
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await admin.get('/api/v1/agents')).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const refused = await admin.get('/api/v1/agents');
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.body).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    const other = request.agent(gateway.url).set('Authorization', `Bearer ${issued.body.key}`);
    expect((await other.get('/api/v1/agents')).status).toBe(200);
  });

  it('what carriers sign is never counted', async () => {
    const call = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    await call.streamStarted;
    call.hangUp();
    await call.settled;
    expect(call.webhooks.map(({ kind, status }) => `${kind} ${status}`).sort()).toEqual([
      'action 200',
      'number-status 204',
      'voice 200',
    ]);
  });
});
