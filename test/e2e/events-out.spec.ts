import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { signEvent } from '../../src/calls/events-out/event-sender.js';
import { Api } from '../support/api.js';
import { EventReceiver } from '../support/event-receiver.js';
import { startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { expectQuick } from '../support/patience.js';

interface Delivery {
  delivery_id: number;
  message_id: string;
  type: string;
  state: string;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  next_attempt_at: string | null;
}

interface Tested {
  message_id: string;
  delivered: boolean;
  status: number | null;
  error: string | null;
}

interface Endpoint {
  endpoint_id: number;
  enabled: boolean;
  disabled_reason: string | null;
}

describe('events out', () => {
  let gateway: Gateway;
  let api: Api;
  const receiver = new EventReceiver();
  let url: string;
  let endpointId: number;
  let secret: string;

  beforeAll(async () => {
    url = await receiver.start();
    gateway = await startGateway({
      env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' },
      carrier: { behaviour: { hangUpAfterMs: 300 } },
    });
    api = new Api(gateway);
    const created = await api.request<{ endpoint_id: number; secret: string }>(
      'POST',
      '/webhook-endpoints',
      { url },
    );
    ({ endpoint_id: endpointId, secret } = created.body);
  });
  afterAll(async () => {
    await gateway.stop();
    await receiver.stop();
  });

  const deliveries = async (): Promise<Delivery[]> =>
    (
      await api.request<{ data: Delivery[] }>(
        'GET',
        `/webhook-endpoints/${endpointId}/deliveries?limit=100`,
      )
    ).body.data;

  it('tells every change of a call and its end, signed by the Standard Webhooks scheme', async () => {
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    await receiver.until((all) => all.some((one) => one.event.type === 'call.finished'));
    await receiver.until((all) => all.length >= 5);
    expect(new Set(receiver.received.map((one) => one.event.type))).toEqual(
      new Set([
        'call.initiated',
        'call.ringing',
        'call.answered',
        'call.completed',
        'call.finished',
      ]),
    );
    const ids = receiver.received.map((one) => one.headers['webhook-id']);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { headers, body, event } of receiver.received) {
      expect(event.data.workflow_run_id).toBe(runId);
      const signed = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`;
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      expect(headers['webhook-signature']).toBe(
        `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
      );
    }
    expect((await deliveries()).every((one) => one.state === 'delivered')).toBe(true);
  });

  it('tries again what failed, as the same message, and replays on demand', async () => {
    receiver.received.length = 0;
    receiver.status = 500;
    await api.place({ to: THEIR_NUMBER });
    await receiver.until((all) => all.length > 0);
    receiver.status = 204;
    const first = receiver.received[0];
    await receiver.until(
      (all) =>
        all.filter((one) => one.headers['webhook-id'] === first?.headers['webhook-id']).length > 1,
    );
    const delivered = (await deliveries()).find((one) => one.state === 'delivered');
    const before = receiver.received.length;
    const replay = await api.request<Delivery>(
      'POST',
      `/webhook-endpoints/${endpointId}/deliveries/${delivered?.delivery_id}/replay`,
    );
    expect(replay.status).toBe(202);
    await receiver.until((all) =>
      all.slice(before).some((one) => one.headers['webhook-id'] === delivered?.message_id),
    );
  });

  it('delays no call when the endpoint never answers', async () => {
    receiver.status = -1;
    const placed = await api.place({ to: THEIR_NUMBER });
    const begun = performance.now();
    const ended = await api.until(placed.workflow_run_id, (call) => call.ended_at !== null);
    expect(ended.status).toBe('completed');
    expectQuick(performance.now() - begun, 3_000);
    receiver.status = 204;
  });

  it('disables an endpoint that answers 410, says why, and delivers again once it is enabled', async () => {
    receiver.status = 410;
    const before = receiver.received.length;
    await api.place({ to: THEIR_NUMBER });
    await receiver.until((all) => all.length > before);
    const path = `/webhook-endpoints/${endpointId}`;
    const endpoint = async (): Promise<Endpoint> => (await api.request<Endpoint>('GET', path)).body;
    while ((await endpoint()).enabled) await new Promise((next) => setTimeout(next, 20));
    expect((await endpoint()).disabled_reason).toContain('410');
    const dead = (await deliveries()).find((one) => one.last_status === 410);
    expect(dead).toMatchObject({ state: 'dead', next_attempt_at: null });
    expect(dead?.last_error).toContain('gone for good');
    receiver.status = 204;
    const enabled = await api.request<Endpoint>('PATCH', path, { enabled: true });
    expect(enabled.body).toMatchObject({ enabled: true, disabled_reason: null });
    const replayed = receiver.received.length;
    await api.request('POST', `${path}/deliveries/${dead?.delivery_id}/replay`);
    await receiver.until((all) =>
      all.slice(replayed).some((one) => one.headers['webhook-id'] === dead?.message_id),
    );
  });

  it('says of a redirect where it leads, and tries again only after the pause that was asked for', async () => {
    receiver.status = 308;
    receiver.headers = { Location: 'https://example.com/new?key=1', 'Retry-After': '1800' };
    await api.place({ to: THEIR_NUMBER });
    let refused: Delivery | undefined;
    while (!refused) {
      refused = (await deliveries()).find((one) => one.last_status === 308);
      await new Promise((next) => setTimeout(next, 20));
    }
    expect(refused.last_error).toContain('it redirects to https://example.com/new,');
    const waits = Date.parse(refused.next_attempt_at ?? '') - Date.now();
    expect(waits).toBeGreaterThan(60_000);
    expect(waits).toBeLessThanOrEqual(1_800_000);
    receiver.status = 204;
    receiver.headers = {};
  });

  it.each([
    ['http://example.com/', 'plain http'],
    ['https://10.0.0.1/', 'a private address'],
    ['https://169.254.169.254/latest', 'a link-local address'],
    ['https://[::ffff:10.0.0.1]/', 'a private address in IPv6 form'],
    ['https://[::ffff:0:7f00:1]/', 'a loopback address, translated'],
    ['https://168.63.129.16/', 'the cloud’s own address'],
    ['https://localhost/', 'this machine'],
    ['https://localhost./', 'this machine, with a dot'],
    ['https://metadata.google.internal./', 'an internal name, with a dot'],
    ['https://user:pass@example.com/', 'credentials'],
    ['ftp://example.com/', 'another scheme'],
    ['no url', 'no URL'],
  ])('refuses %s: %s', async (bad) => {
    const reply = await api.request('POST', '/webhook-endpoints', { url: bad });
    expect(reply.status).toBe(400);
  });

  it('a user has a hundred endpoints; the next is refused with what to do', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Many' });
    const key = await api.request<{ key: string }>('POST', `/users/${user.body.user_id}/keys`, {});
    const many = new Api(gateway, key.body.key);
    const create = () =>
      many.request('POST', '/webhook-endpoints', { url: 'https://example.com/events' });
    for (let made = 0; made < 100; made += 1) expect((await create()).status).toBe(201);
    const refused = await create();
    expect([refused.status, refused.body['code']]).toEqual([409, 'limit_reached']);
    expect(refused.body['detail']).toContain('Delete one');
  });

  it('tries an endpoint at once, signed, and answers with what came of it', async () => {
    const path = `/webhook-endpoints/${endpointId}`;
    const test = () => api.request<Tested>('POST', `${path}/test`);
    const known = (await deliveries()).length;
    receiver.received.length = 0;
    const reply = await test();
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        message_id: expect.stringMatching(/^msg_/),
        delivered: true,
        status: 204,
        error: null,
        duration_ms: expect.any(Number),
      },
    ]);
    const sent = receiver.received.find(({ event }) => event.type === 'test');
    expect(sent?.event.data).toEqual({ endpoint_id: endpointId });
    expect(sent?.headers['webhook-id']).toBe(reply.body.message_id);
    const at = Number(sent?.headers['webhook-timestamp']);
    expect(sent?.headers['webhook-signature']).toBe(
      signEvent(secret, reply.body.message_id, at, sent?.body ?? ''),
    );
    receiver.status = 401;
    expect((await test()).body).toMatchObject({
      delivered: false,
      status: 401,
      error: 'the endpoint answered 401',
    });
    receiver.status = 204;
    expect(await deliveries()).toHaveLength(known);
  });

  it('is somebody else’s business to nobody else', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const key = await api.request<{ key: string }>('POST', `/users/${user.body.user_id}/keys`, {});
    const other = new Api(gateway, key.body.key);
    expect((await other.request('GET', `/webhook-endpoints/${endpointId}`)).status).toBe(404);
    expect((await other.request('DELETE', `/webhook-endpoints/${endpointId}`)).status).toBe(404);
    const test = await other.request('POST', `/webhook-endpoints/${endpointId}/test`);
    expect(test.status).toBe(404);
    const list = await other.request<{ data: unknown[] }>('GET', '/webhook-endpoints');
    expect(list.body.data).toEqual([]);
  });
});

describe('events out of several users', () => {
  it('come to the others while the endpoints of one accept everything and never reply', async () => {
    const [stalled, healthy] = [new EventReceiver(), new EventReceiver()];
    stalled.status = -1;
    const [stalledUrl, healthyUrl] = [await stalled.start(), await healthy.start()];
    const gateway = await startGateway({ env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' } });
    try {
      const api = new Api(gateway);
      for (let made = 0; made < 5; made += 1) {
        await api.request('POST', '/webhook-endpoints', { url: stalledUrl });
      }
      const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
      const path = `/users/${user.body.user_id}/keys`;
      const key = await api.request<{ key: string }>('POST', path, {});
      const other = new Api(gateway, key.body.key);
      await other.request('POST', '/webhook-endpoints', { url: healthyUrl });
      const workflow = await other.request<{ workflow_id: number }>('POST', '/workflows', {
        name: 'Theirs',
        agent: 'echo',
      });
      await Promise.all(Array.from({ length: 30 }, () => api.place({ to: THEIR_NUMBER })));
      // Every place that one user may have is taken, and more is due.
      await stalled.until((all) => all.length >= 5 * 4);
      const { workflow_id: workflowId } = workflow.body;
      await other.place({ to: THEIR_NUMBER, workflow_id: workflowId });
      await healthy.until((all) => all.some(({ event }) => event.type === 'call.answered'));
      // Older ones of those that never reply have not even been tried once: nobody waited for them.
      const tried = stalled.received.length;
      const { body } = await api.request<{ data: Endpoint[] }>('GET', '/webhook-endpoints');
      let older = 0;
      for (const { endpoint_id: id } of body.data) {
        const list = `/webhook-endpoints/${id}/deliveries?limit=100`;
        older += (await api.request<{ data: Delivery[] }>('GET', list)).body.data.length;
      }
      expect(older).toBeGreaterThanOrEqual(5 * 30);
      expect(tried).toBeLessThan(5 * 30);
    } finally {
      await gateway.stop();
      await Promise.all([stalled.stop(), healthy.stop()]);
    }
  }, 120_000);
});
