import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Api } from '../support/api.js';
import { startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { expectQuick, until } from '../support/patience.js';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  event: { type: string; data: { workflow_run_id: number; status: string } };
}

interface Delivery {
  delivery_id: number;
  message_id: string;
  type: string;
  state: string;
  attempts: number;
  last_status: number | null;
  next_attempt_at: string | null;
}

/** A team's own endpoint, as it would be. */
class Receiver {
  readonly received: Received[] = [];
  /** What it answers; a number of milliseconds below zero: nothing, for ever. */
  status = 204;
  private server: Server | null = null;

  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        this.received.push({ headers: request.headers, body, event: JSON.parse(body) });
        if (this.status > 0) response.writeHead(this.status).end();
      });
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/events`;
  }

  async until(enough: (received: Received[]) => boolean): Promise<void> {
    await until(() => enough(this.received), String(enough));
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

describe('events out', () => {
  let gateway: Gateway;
  let api: Api;
  const receiver = new Receiver();
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

  it.each([
    ['http://example.com/', 'plain http'],
    ['https://10.0.0.1/', 'a private address'],
    ['https://169.254.169.254/latest', 'a link-local address'],
    ['https://[::ffff:10.0.0.1]/', 'a private address in IPv6 form'],
    ['https://localhost/', 'this machine'],
    ['https://user:pass@example.com/', 'credentials'],
    ['ftp://example.com/', 'another scheme'],
    ['no url', 'no URL'],
  ])('refuses %s: %s', async (bad) => {
    const reply = await api.request('POST', '/webhook-endpoints', { url: bad });
    expect(reply.status).toBe(400);
  });

  it('is somebody else’s business to nobody else', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const key = await api.request<{ key: string }>('POST', `/users/${user.body.user_id}/keys`, {});
    const other = new Api(gateway, key.body.key);
    expect((await other.request('GET', `/webhook-endpoints/${endpointId}`)).status).toBe(404);
    expect((await other.request('DELETE', `/webhook-endpoints/${endpointId}`)).status).toBe(404);
    const list = await other.request<{ data: unknown[] }>('GET', '/webhook-endpoints');
    expect(list.body.data).toEqual([]);
  });
});
