import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type CallJson } from '../support/api.js';
import {
  API_KEY,
  OUR_NUMBER,
  startGateway,
  THEIR_NUMBER,
  type Gateway,
} from '../support/gateway.js';

/** The first call that the feed tells, from now on. */
async function firstOfFeed(url: string): Promise<() => Promise<CallJson>> {
  const response = await fetch(`${url}/api/v1/telephony/calls/stream`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  return async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      const [, data] = /^data: (.*)\n\n/m.exec(text) ?? [];
      if (data) return JSON.parse(data) as CallJson;
    }
    throw new Error('the feed ended');
  };
}

describe('a call at the simulated carrier', () => {
  let gateway: Gateway;
  let api: Api;
  let receiver: Server;
  let outbound: number;
  const delivered: CallJson[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        delivered.push((JSON.parse(body) as { data: CallJson }).data);
        receiver.emit('delivered');
        response.writeHead(204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    gateway = await startGateway({
      simulated: true,
      env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' },
      carrier: { behaviour: {} },
    });
    api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    await api.request('POST', '/webhook-endpoints', {
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      types: ['call.finished'],
    });
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await gateway.stop();
  });

  it('says so wherever it is told: reply, feed, list, by itself, and to your own service', async () => {
    const told = await firstOfFeed(gateway.url);
    const placed = await api.place({ to: THEIR_NUMBER });
    outbound = placed.workflow_run_id;
    expect(placed.simulated).toBe(true);
    expect((await told()).simulated).toBe(true);
    expect((await api.until(outbound, (call) => call.streaming)).simulated).toBe(true);
    const live = await fetch(`${gateway.url}/console/api/live`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect(await live.json()).toMatchObject({ data: [{ simulated: true }] });
    const listed = await api.request<{ data: CallJson[] }>('GET', '/telephony/calls');
    expect(listed.body.data.map(({ simulated }) => simulated)).toEqual([true]);
    const finished = once(receiver, 'delivered');
    const hungUp = await api.request<CallJson>('POST', `/telephony/calls/${outbound}/hangup`);
    expect(hungUp.body.simulated).toBe(true);
    await finished;
    expect(delivered).toMatchObject([{ workflow_run_id: outbound, simulated: true }]);
  });

  it('says so when it was an inbound one', async () => {
    const phone = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    await phone.streamStarted;
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      '/telephony/calls?direction=inbound',
    );
    expect(body.data).toMatchObject([{ direction: 'inbound', simulated: true }]);
    phone.hangUp();
    await phone.settled;
  });

  it('is what health warns of, and stays ready', async () => {
    const reply = await fetch(`${gateway.url}/health/ready`);
    expect([reply.status, await reply.json()]).toMatchObject([
      200,
      {
        warnings: ['carriers: calls are simulated and never leave this machine'],
        carriers: [{ name: 'twilio', configured: true, simulated: true }],
      },
    ]);
  });

  it('stays a simulated one when a real carrier is configured later', async () => {
    await gateway.service.stop();
    await gateway.startAgain(false);
    const { workflow_run_id: later } = await api.place({ to: THEIR_NUMBER });
    expect((await api.call(outbound)).simulated).toBe(true);
    expect((await api.call(later)).simulated).toBe(false);
    await api.request('POST', `/telephony/calls/${later}/hangup`);
    await api.until(later, (call) => call.ended_at !== null);
  });
});
