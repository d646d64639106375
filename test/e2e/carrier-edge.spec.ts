import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { signUpgrade, signWebhook } from '../../tools/carrier/signing/signature.js';
import { newSid } from '../../tools/carrier/sids.js';
import { Api, type CallJson } from '../support/api.js';
import {
  API_KEY,
  OUR_NUMBER,
  PUBLIC_ORIGIN,
  startGateway,
  THEIR_NUMBER,
  type Gateway,
} from '../support/gateway.js';
import {
  ANSWER,
  answerTarget,
  assertFitForCarriers,
  CarrierRequests,
  encode,
  STATUS_CALLBACK,
  type Field,
} from '../support/signed-request.js';
import { testLog } from '../support/test-logs.js';

interface Logged {
  time: string | number;
}

const STRANGE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
const FORM = 'application/x-www-form-urlencoded';

describe('the edge that carriers meet', () => {
  let gateway: Gateway;
  let api: Api;
  let carrier: CarrierRequests;
  let call: CallJson;
  let sid: string;
  const logged: string[] = [];

  beforeAll(async () => {
    const log = testLog();
    gateway = await startGateway({
      env: { LOG_LEVEL: 'debug' },
      carrier: { behaviour: { queuedMs: 600_000 } },
      log: {
        write: (line) => {
          logged.push(line);
          log?.write(line);
        },
      },
    });
    api = new Api(gateway);
    carrier = new CarrierRequests(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    call = await api.place({ to: THEIR_NUMBER });
    sid = call.provider_call_id ?? '';
  });
  afterAll(() => gateway.stop());

  const ringing = () => carrier.event(sid, 'ringing', 1);
  const refusals = async (reason: string): Promise<number> => {
    const { text } = await supertest(gateway.url)
      .get('/metrics')
      .set('Authorization', `Bearer ${API_KEY}`);
    const lines = text.split('\n').filter((line) => line.includes(`reason="${reason}"`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };

  describe('a request that is too large', () => {
    const padded = (count: number): Field[] => {
      const fields = ringing();
      const more = Array.from(
        { length: count - fields.length },
        (_, at) => ['x', `v${at}`] as const,
      );
      return [...fields, ...more];
    };

    it('has a thousand fields at most, whoever signed it', async () => {
      expect((await carrier.callback(call.workflow_run_id, padded(1_000))).status).toBe(204);
      const before = await refusals('too-large');
      expect((await carrier.callback(call.workflow_run_id, padded(1_001))).status).toBe(413);
      expect(await refusals('too-large')).toBe(before + 1);
    });

    it.each(['one name with many values', 'many names'])(
      '%s: 413 on every path, before the signature is looked at',
      async (kind) => {
        const names = kind === 'many names';
        const pairs = Array.from({ length: 6_000 }, (_, at) => `${names ? `n${at}` : ''}=${at}`);
        for (const target of [ANSWER, STATUS_CALLBACK, `${STATUS_CALLBACK}/1`, '/voice']) {
          const reply = await carrier.send({ target, body: pairs.join('&'), signature: STRANGE });
          expect([target, reply.status, reply.text]).toEqual([target, 413, 'too-large']);
        }
      },
    );

    it('has a thousand fields in its query at most', async () => {
      const query = (count: number) => `${ANSWER}?${Array(count).fill('a').join('&')}`;
      const ask = (target: string) => carrier.send({ method: 'GET', target, signature: STRANGE });
      expect((await ask(query(1_000))).status).toBe(403);
      expect((await ask(query(1_001))).status).toBe(413);
    });

    it.each([
      ['a carrier’s', STATUS_CALLBACK, 64 * 1024],
      ['our API’s', '/api/v1/telephony/calls', 256 * 1024],
    ])('without end, on %s path: cut off after a megabyte more', async (_name, path, limit) => {
      const socket = connect(gateway.port, '127.0.0.1');
      await once(socket, 'connect');
      let reply = '';
      socket.on('data', (data: Buffer) => (reply += data.toString()));
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: ${STRANGE}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
      const pour = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      pour();
      await closed;
      expect(reply).toMatch(/^HTTP\/1\.1 413 /);
      // What the system's buffers hold beside what was read.
      const buffers = 12 * 1024 * 1024;
      expect(socket.bytesWritten).toBeGreaterThan(limit);
      expect(socket.bytesWritten).toBeLessThan(limit + 1024 * 1024 + buffers);
    });
  });

  describe('a request that no route takes', () => {
    /** Signed and sent as it is; the reply is what a carrier may get. */
    const send = async (method: string, target: string, signature?: string | null) => {
      const fields = method === 'GET' || method === 'HEAD' ? [] : ringing();
      const right = signWebhook(PUBLIC_ORIGIN + target, fields, gateway.carrier.authToken);
      const given = signature === undefined ? right : signature;
      const agent = supertest(gateway.url);
      const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
      const test = agent[verb](target)
        .set(given === null ? {} : { 'X-Twilio-Signature': given })
        .set(fields.length > 0 ? { 'Content-Type': FORM } : {});
      return fields.length > 0 ? test.send(encode(fields)) : test;
    };

    it.each([
      ['POST', '/voice', 404, 'no-route'],
      ['GET', '/voice?a=b', 404, 'no-route'],
      ['POST', '/', 404, 'no-route'],
      ['POST', '/api/v1/telephony/xyz', 404, 'no-route'],
      ['POST', '/health/live', 404, 'no-route'],
      ['POST', '/api/v1/telephony/calls/%', 404, 'no-route'],
      ['POST', `${ANSWER}/1`, 404, 'no-route'],
      ['POST', `${STATUS_CALLBACK}/1/2`, 404, 'no-route'],
      ['GET', `${STATUS_CALLBACK}/1`, 405, 'wrong-method'],
      ['GET', STATUS_CALLBACK, 405, 'wrong-method'],
      ['PUT', ANSWER, 405, 'wrong-method'],
      ['DELETE', `${STATUS_CALLBACK}/1`, 405, 'wrong-method'],
      ['POST', `${STATUS_CALLBACK}/%`, 400, 'malformed-run-id'],
      ['GET', '/api/v1/telephony/ws/1/2/3', 404, 'upgrade-missing'],
    ])('%s %s, signed: %d %s, counted', async (method, target, status, reason) => {
      const before = await refusals(reason);
      const reply = await send(method, target);
      assertFitForCarriers(reply);
      expect([reply.status, reply.text]).toEqual([status, reason]);
      expect(reply.headers['content-type']).toMatch(/^text\/plain/);
      expect(reply.headers['allow'] !== undefined).toBe(status === 405);
      expect(await refusals(reason)).toBe(before + 1);
    });

    it.each([
      ['POST', '/voice'],
      ['POST', `${STATUS_CALLBACK}/%`],
      ['GET', `${STATUS_CALLBACK}/1`],
      ['PUT', ANSWER],
      ['GET', '/api/v1/telephony/ws/1/2/3'],
    ])('%s %s, signed by a stranger: 403', async (method, target) => {
      const reply = await send(method, target, STRANGE);
      assertFitForCarriers(reply);
      expect([reply.status, reply.text]).toEqual([403, 'signature-mismatch']);
    });

    it('below the carriers’ paths without a signature: 403 in plain text', async () => {
      for (const target of [`${STATUS_CALLBACK}/%`, `${STATUS_CALLBACK}/%C3%28`, `${ANSWER}/x`]) {
        const reply = await send('POST', target, null);
        assertFitForCarriers(reply);
        expect([reply.status, reply.text]).toEqual([403, 'signature-missing']);
      }
    });

    it('elsewhere without a signature: a page that there is not, as ever', async () => {
      const reply = await supertest(gateway.url).post('/voice').send({});
      expect(reply.status).toBe(404);
      expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    });

    it('is shown by the doctor as a carrier’s request turned away', async () => {
      await send('POST', '/voice');
      const { body } = await api.request<{ checks: Array<Record<string, string>> }>(
        'GET',
        '/telephony/diagnostics',
      );
      const check = body.checks.find(({ name }) => name === 'refusals');
      expect(check).toMatchObject({ status: 'warn' });
      expect(check?.['seen']).toMatch(/no-route: a carrier’s request turned away/);
    });

    it('as an upgrade, signed: 404, and noted too', async () => {
      const before = await refusals('no-route');
      const target = '/media';
      const socket = connect(gateway.port, '127.0.0.1');
      const signature = signUpgrade(
        PUBLIC_ORIGIN.replace('https', 'wss') + target,
        gateway.carrier.authToken,
      );
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Twilio-Signature: ${signature}\r\n\r\n`,
      );
      expect(await allOf(socket)).toMatch(/^HTTP\/1\.1 404 /);
      expect(await refusals('no-route')).toBe(before + 1);
    });
  });

  describe('what is unusual and right', () => {
    /** One connection, these lines, everything that comes back. */
    const raw = (line: string, headers: readonly string[], body = ''): Promise<string> => {
      const socket = connect(gateway.port, '127.0.0.1');
      const all = [...headers, `Content-Length: ${body.length}`, 'Connection: close'];
      socket.write(`${line} HTTP/1.1\r\nHost: x\r\n${all.join('\r\n')}\r\n\r\n${body}`);
      return allOf(socket);
    };
    const signatureOf = (target: string, fields: Field[]) =>
      `X-Twilio-Signature: ${signWebhook(PUBLIC_ORIGIN + target, fields, gateway.carrier.authToken)}`;

    it.each(['http://10.0.0.7:8000', 'https://gw.example.com', 'HTTP://elsewhere.example'])(
      'the request target in absolute form, %s, which is not believed',
      async (origin) => {
        const target = `${STATUS_CALLBACK}/${call.workflow_run_id}`;
        const fields = ringing();
        const headers = [`Content-Type: ${FORM}`, signatureOf(target, fields)];
        const reply = await raw(`POST ${origin}${target}`, headers, encode(fields));
        expect(reply).toMatch(/^HTTP\/1\.1 204 /);
        const health = await raw(`GET ${origin}/health/live`, []);
        expect(health).toMatch(/^HTTP\/1\.1 200 /);
      },
    );

    it('the same signature in two headers; two that differ are refused', async () => {
      const target = `${STATUS_CALLBACK}/${call.workflow_run_id}`;
      const fields = ringing();
      const right = signatureOf(target, fields);
      const send = (second: string) =>
        raw(`POST ${target}`, [`Content-Type: ${FORM}`, right, second], encode(fields));
      expect(await send(right)).toMatch(/^HTTP\/1\.1 204 /);
      expect(await send(`X-Twilio-Signature: ${STRANGE}`)).toMatch(/^HTTP\/1\.1 403 /);
    });

    it('HEAD of a signed GET: what GET would say, without its body, and nothing changes', async () => {
      const before = await api.call(call.workflow_run_id);
      const target = `${answerTarget(call)}&${encode(carrier.fieldsOf(sid, 'in-progress'))}`;
      const head = await raw(`HEAD ${target}`, [signatureOf(target, [])]);
      expect(head).toMatch(/^HTTP\/1\.1 200 /);
      expect(head).toMatch(/\r\nContent-Type: text\/xml/);
      expect(head).toMatch(/\r\nCache-Control: no-store/);
      expect(head).toMatch(/\r\n\r\n$/);
      const inbound = `${ANSWER}?${encode(carrier.inboundFields(newSid('CA')))}`;
      expect(await raw(`HEAD ${inbound}`, [signatureOf(inbound, [])])).toMatch(/^HTTP\/1\.1 200 /);
      expect(await api.call(call.workflow_run_id)).toEqual(before);
      const { body } = await api.request<{ data: unknown[] }>('GET', '/telephony/calls');
      expect(body.data).toHaveLength(1);
      // As strict as GET.
      expect(await raw(`HEAD ${target}`, [`X-Twilio-Signature: ${STRANGE}`])).toMatch(/ 403 /);
      const unnamed = `${answerTarget(call)}&CallSid=none`;
      expect(await raw(`HEAD ${unnamed}`, [signatureOf(unnamed, [])])).toMatch(/ 400 /);
    });
  });

  describe('a flood of strangers', () => {
    it('is counted, and logged and kept no more than 20 times a second', async () => {
      const before = await refusals('signature-mismatch');
      // So few at once that also a busy machine replies to each in the time that a carrier waits.
      for (let sent = 0; sent < 200; sent += 20) {
        const replies = await Promise.all(
          Array.from({ length: 20 }, () =>
            carrier.callback(call.workflow_run_id, ringing(), { signature: STRANGE }),
          ),
        );
        expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([403]));
      }
      expect(await refusals('signature-mismatch')).toBe(before + 200);
      const times = logged
        .filter((line) => line.includes('"request.refused"'))
        .filter((line) => line.includes('signature-mismatch'))
        .map((line) => Math.floor(new Date((JSON.parse(line) as Logged).time).getTime() / 1_000));
      for (const second of new Set(times)) {
        // A line may be written a moment after the second it was allowed in.
        expect(times.filter((one) => one === second).length).toBeLessThanOrEqual(2 * 20);
      }
      expect(times.length).toBeGreaterThan(0);
    });
  });

  it('a byte range that there is not, on a file of the docs: 416', async () => {
    for (const path of ['/docs/asyncapi.yaml', '/docs/assets/start.js']) {
      const reply = await supertest(gateway.url).get(path).set('Range', 'bytes=9999999-');
      expect(reply.status).toBe(416);
      expect(reply.body).toMatchObject({ code: 'range_not_satisfiable' });
      expect(reply.headers['content-range']).toMatch(/^bytes \*\/\d+$/);
      const stale = await supertest(gateway.url).get(path).set('If-Match', '"another"');
      expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
    }
  });

  it('a body that is not JSON is not quoted in the reply', async () => {
    const reply = await api.request('POST', '/telephony/calls', 'CallSid=secret-words');
    expect(reply.status).toBe(400);
    expect(reply.body['detail']).toBe('The body is not valid JSON.');
  });
});

async function allOf(socket: Socket): Promise<string> {
  let reply = '';
  socket.on('data', (data: Buffer) => (reply += data.toString('latin1')));
  await once(socket, 'close');
  return reply;
}
