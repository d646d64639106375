import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { claimedPort } from '../support/claimed-port.js';
import { Api, type CallJson } from '../support/api.js';
import { API_KEY, startGateway } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { until } from '../support/patience.js';

type Told = Record<string, unknown>;

const LINE = '/console/phone/line';

/** The console's page, signed in, as far as a phone needs it. */
class Browser {
  private constructor(
    readonly url: string,
    readonly cookie: string,
  ) {}

  static async signIn(url: string): Promise<Browser> {
    const response = await fetch(`${url}/console/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({ key: API_KEY }),
    });
    expect(response.status).toBeLessThan(300);
    return new Browser(url, (response.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '');
  }

  async signOut(): Promise<void> {
    await fetch(`${this.url}/console/api/session`, {
      method: 'DELETE',
      headers: { cookie: this.cookie, origin: this.url },
    });
  }

  open(headers: Record<string, string> = {}): WebSocket {
    return new WebSocket(`${this.url.replace('http', 'ws')}${LINE}`, {
      headers: { cookie: this.cookie, origin: this.url, ...headers },
    });
  }
}

/** HTTP status of an upgrade that is refused; 101 when it is not. */
async function statusOf(socket: WebSocket): Promise<number> {
  socket.on('error', () => undefined);
  return Promise.race([
    once(socket, 'open').then(() => 101),
    once(socket, 'unexpected-response').then(([request, response]) => {
      (request as ClientRequest).destroy();
      return (response as IncomingMessage).statusCode ?? 0;
    }),
  ]);
}

class Telephone {
  readonly told: Told[] = [];
  readonly heard: Buffer[] = [];

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.heard.push(data);
      else this.told.push(JSON.parse(data.toString()) as Told);
    });
  }

  async until(event: string): Promise<Told> {
    for (;;) {
      const told = this.told.find((one) => one['event'] === event);
      if (told) return told;
      await once(this.socket, 'message');
    }
  }

  say(message: Told): void {
    this.socket.send(JSON.stringify(message));
  }
}

describe('a telephone in a browser', () => {
  let directory = '';
  let gateway: KillableGateway;
  let browser: Browser;
  const sockets: WebSocket[] = [];
  const open = (headers: Record<string, string> = {}): WebSocket => {
    const socket = browser.open(headers);
    sockets.push(socket);
    return socket;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchbay-phone-'));
    const port = await claimedPort();
    // Nothing is configured: no carrier, no public address.
    gateway = new KillableGateway(`http://127.0.0.1:${port}`, {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: directory,
      API_KEY,
      LOG_LEVEL: 'silent',
      DRAIN_TIMEOUT_SECONDS: '0',
    });
    await gateway.start();
    browser = await Browser.signIn(gateway.url);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  afterAll(async () => {
    await gateway.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('is offered where the carrier is simulated', async () => {
    const response = await fetch(`${gateway.url}/console/api/phone`, {
      headers: { cookie: browser.cookie },
    });
    expect(await response.json()).toEqual({ available: true });
  });

  it.each(['+4930901820', 'sip:sales@acme.sip.twilio.com'])(
    '%s, which is not the simulated carrier’s, is claimed without being told to enter anything anywhere',
    async (number) => {
      // Until the carrier, which starts a moment after us, is there.
      await new Telephone(open()).until('ready');
      const reply = await new Api(gateway).request('POST', '/phone-numbers', {
        number,
        workflow_id: 1,
      });
      expect(reply.status).toBe(201);
      expect(reply.body['carrier']).toEqual({
        configured: false,
        reason: 'the simulated carrier has other numbers',
      });
    },
  );

  it('is rung, talks to an agent over the whole road of a call, and hangs up', async () => {
    const telephone = new Telephone(open());
    const { number } = await telephone.until('ready');
    const api = new Api(gateway);
    const placed = await api.place({ to: String(number), workflow_id: 1 });
    await telephone.until('ringing');
    telephone.say({ event: 'answer' });
    await telephone.until('answered');
    await api.until(placed.workflow_run_id, (call) => call.streaming);

    const sevens = (): number => Buffer.concat(telephone.heard).filter((byte) => byte === 7).length;
    const talking = setInterval(() => telephone.socket.send(Buffer.alloc(160, 7)), 20);
    await until(() => sevens() >= 8_000).finally(() => clearInterval(talking));
    expect(sevens()).toBeGreaterThanOrEqual(8_000);

    telephone.say({ event: 'hangup' });
    expect(await telephone.until('ended')).toMatchObject({ status: 'completed' });
    const call = await api.until(placed.workflow_run_id, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ direction: 'outbound', end_reason: 'caller_hangup' });
    const statuses = call.events.flatMap(({ status, source }) =>
      source === 'status-callback' && status ? [status] : [],
    );
    expect(statuses).toEqual(['initiated', 'ringing', 'answered', 'completed']);
  });

  it('calls a number that a workflow has claimed, as any caller, and is answered by it', async () => {
    const api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: '+15005550006', workflow_id: 1 });
    const telephone = new Telephone(open());
    const { number } = await telephone.until('ready');
    telephone.say({ event: 'dial', to: '+15005550006' });
    const { call_sid: sid } = await telephone.until('dialled');
    await telephone.until('answered');
    const sevens = (): number => Buffer.concat(telephone.heard).filter((byte) => byte === 7).length;
    const talking = setInterval(() => telephone.socket.send(Buffer.alloc(160, 7)), 20);
    await until(() => sevens() >= 1_600).finally(() => clearInterval(talking));
    telephone.say({ event: 'hangup' });
    expect(await telephone.until('ended')).toEqual({ event: 'ended', status: 'completed' });
    const path = `/telephony/calls?provider_call_id=${String(sid)}`;
    const { data } = (await api.request<{ data: CallJson[] }>('GET', path)).body;
    const call = await api.until(data[0]?.workflow_run_id ?? 0, (one) => one.ended_at !== null);
    expect(call).toMatchObject({
      direction: 'inbound',
      from: number,
      to: '+15005550006',
      simulated: true,
      status: 'completed',
      end_reason: 'caller_hangup',
    });
  });

  it('is rejected under a number that no workflow has claimed, and no call is made', async () => {
    const telephone = new Telephone(open());
    await telephone.until('ready');
    telephone.say({ event: 'dial', to: '+15005550007' });
    const { call_sid: sid } = await telephone.until('dialled');
    const ended = { event: 'ended', status: 'no-answer', refused: 'rejected' };
    expect(await telephone.until('ended')).toEqual(ended);
    const path = `/telephony/calls?provider_call_id=${String(sid)}`;
    const { body } = await new Api(gateway).request('GET', path);
    expect(body['data']).toEqual([]);
  });

  it.each([
    ['without a session', 401, { cookie: '' }],
    ['with a made-up session', 401, { cookie: `patchbay_session=${'A'.repeat(43)}` }],
    ['from a foreign page', 403, { origin: 'https://evil.example' }],
    ['from nowhere', 403, { origin: 'null' }],
  ])('is not opened %s', async (_, status, headers) => {
    expect(await statusOf(open(headers))).toBe(status);
  });

  it('is not opened with an API key in place of a session', async () => {
    const headers = { cookie: '', authorization: `Bearer ${API_KEY}` };
    expect(await statusOf(open(headers))).toBe(401);
  });

  it('is there five times for a user, not more', async () => {
    const phones = Array.from({ length: 5 }, () => new Telephone(open()));
    await Promise.all(phones.map((phone) => phone.until('ready')));
    const numbers = new Set(phones.map(({ told }) => told[0]?.['number']));
    expect(numbers.size).toBe(5);
    expect(await statusOf(open())).toBe(429);
  });

  it('not even when all are asked for at once', async () => {
    const statuses = await Promise.all(Array.from({ length: 8 }, () => statusOf(open())));
    const ofStatus = (wanted: number) => statuses.filter((status) => status === wanted).length;
    expect([ofStatus(101), ofStatus(429)]).toEqual([5, 3]);
  });

  it('is taken away from who signs out', async () => {
    const other = await Browser.signIn(gateway.url);
    const socket = other.open();
    sockets.push(socket);
    await new Telephone(socket).until('ready');
    const closed = once(socket, 'close');
    await other.signOut();
    const [code] = (await closed) as [number];
    expect(code).toBe(4401);
  });
});

describe('with a carrier configured', () => {
  it('there is no telephone in the browser: calls are real', async () => {
    const gateway = await startGateway();
    try {
      const browser = await Browser.signIn(gateway.url);
      expect(await statusOf(browser.open())).toBe(404);
      const response = await fetch(`${gateway.url}/console/api/phone`, {
        headers: { cookie: browser.cookie },
      });
      expect(await response.json()).toEqual({ available: false });
    } finally {
      await gateway.stop();
    }
  });
});
