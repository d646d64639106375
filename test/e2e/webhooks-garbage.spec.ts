import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import supertest from 'supertest';
import { signWebhook } from '../../tools/carrier/signing/signature.js';
import { newSid } from '../../tools/carrier/sids.js';
import { Api, type CallJson } from '../support/api.js';
import {
  OUR_NUMBER,
  PUBLIC_ORIGIN,
  startGateway,
  THEIR_NUMBER,
  type Gateway,
} from '../support/gateway.js';
import {
  ANSWER,
  assertFitForCarriers,
  CarrierRequests,
  encode,
  STATUS_CALLBACK,
} from '../support/signed-request.js';
import { expectQuick, PATIENCE_MS } from '../support/patience.js';

describe('whatever is thrown at the carrier-facing edge', () => {
  let gateway: Gateway;
  let api: Api;
  let carrier: CarrierRequests;
  let call: CallJson;

  beforeAll(async () => {
    gateway = await startGateway({ carrier: { behaviour: { queuedMs: 600_000 } } });
    api = new Api(gateway);
    carrier = new CarrierRequests(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    call = await api.place({ to: THEIR_NUMBER });
  });
  afterAll(() => gateway.stop());

  const ringing = () => carrier.event(call.provider_call_id ?? '', 'ringing', 1);

  /** One connection, these bytes, everything that comes back. */
  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
      let reply = '';
      socket.setTimeout(PATIENCE_MS, () =>
        socket.destroy(new Error(`no reply to ${bytes.slice(0, 80)}`)),
      );
      socket.on('data', (data) => (reply += data.toString('latin1')));
      socket.on('error', reject);
      socket.on('close', () => resolve(reply));
    });

  it.each([
    `POST ${STATUS_CALLBACK}/%E0%A4%A`,
    `POST ${STATUS_CALLBACK}/%`,
    `POST ${STATUS_CALLBACK}/%00`,
    `POST ${STATUS_CALLBACK}/1/2`,
    `POST ${STATUS_CALLBACK}/`,
    `GET ${STATUS_CALLBACK}/1`,
    `GET ${ANSWER}?workflow_id=%E0%A4%A&user_id=%&workflow_run_id=%zz`,
    `GET ${ANSWER}?%00=%00`,
    `GET ${ANSWER}?${'a=1&'.repeat(3_000)}`,
    `GET ${ANSWER}/%2e%2e/%2e%2e`,
    `GET ${ANSWER}//`,
    `GET /api/v1/telephony/TWIML`,
    `PUT ${ANSWER}`,
    `DELETE ${STATUS_CALLBACK}/1`,
    `PATCH ${ANSWER}`,
    `OPTIONS ${ANSWER}`,
    `PROPFIND ${ANSWER}`,
    `GET /api/v1/telephony/nothing`,
    `POST /api/v1/telephony`,
    `GET /nothing.html`,
    `GET //${ANSWER}`,
    `GET http://elsewhere.example${ANSWER}?workflow_id=1`,
    `GET ${ANSWER}?a=<script>`,
    `GET /api/v1/telephony/ws/1/2/3`,
  ])('%s: refused in a few plain words', async (line) => {
    const reply = await raw(
      `${line} HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: AAAA\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    const [head = '', text = ''] = reply.split('\r\n\r\n', 2);
    const [status = '', ...lines] = head.split('\r\n');
    const code = Number(status.split(' ')[1]);
    const headers = Object.fromEntries(
      lines.map((one) => [one.split(':', 1)[0]?.toLowerCase() ?? '', one.replace(/^[^:]*: */, '')]),
    );
    assertFitForCarriers({ status: code, headers, text });
    expect(code).toBeGreaterThanOrEqual(400);
    expect(code).toBeLessThan(500);
  });

  it.each([
    ['bytes that are no UTF-8', 'CallSid=%FF%FE&AccountSid=%C3%28'],
    ['null bytes', 'CallSid=\u0000&\u0000=\u0000&%00=%00'],
    ['half an escape', 'CallSid=%&AccountSid=%4'],
    ['nothing but separators', '&&&===&'],
    ['JSON', '{"CallSid":"CA1"}'],
    [
      'XML',
      '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    ],
    ['a name a thousand brackets deep', `a${'[b]'.repeat(1_000)}=1`],
  ])('a body of %s: 403 unsigned, 400 signed', async (_name, body) => {
    const unsigned = await carrier.callback(call.workflow_run_id, [], { body });
    expect(unsigned.status).toBe(403);
    for (const target of [ANSWER, STATUS_CALLBACK, `${STATUS_CALLBACK}/${call.workflow_run_id}`]) {
      const fields = [...new URLSearchParams(body)];
      const reply = await carrier.send({ target, fields, body });
      expect([target, reply.status]).toEqual([target, 400]);
    }
  });

  it.each(['br', 'gzip', 'deflate', 'zstd', 'identity, gzip', 'nonsense', ''])(
    'Content-Encoding %j over a body that is not: refused, and the run stays',
    async (encoding) => {
      const before = await api.call(call.workflow_run_id);
      const reply = await carrier.callback(call.workflow_run_id, ringing(), {
        headers: { 'Content-Encoding': encoding },
        signature: encoding === '' ? null : undefined,
      });
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
      expect(await api.call(call.workflow_run_id)).toEqual(before);
    },
  );

  it('a gzip body is read as what it holds', async () => {
    const fields = carrier.event(call.provider_call_id ?? '', 'initiated', 0);
    const url = `${STATUS_CALLBACK}/${call.workflow_run_id}`;
    const reply = await supertest(gateway.url)
      .post(url)
      .set('Content-Type', 'application/x-www-form-urlencoded')
      .set('Content-Encoding', 'gzip')
      .set(
        'X-Twilio-Signature',
        signWebhook(PUBLIC_ORIGIN + url, fields, gateway.carrier.authToken),
      )
      .serialize((body: unknown) => body as string)
      .send(gzipSync(encode(fields)));
    expect(reply.status).toBe(204);
  });

  it.each([
    ['65 KiB as they are', 65 * 1024, null],
    ['300 KiB as they are', 300 * 1024, null],
    ['16 MiB packed into 16 KiB', 16 * 1024 * 1024, 'gzip'],
  ])('a body of %s: 413', async (_name, size, encoding) => {
    const body = Buffer.alloc(size, 'a');
    const reply = await supertest(gateway.url)
      .post(STATUS_CALLBACK)
      .set('Content-Type', 'application/x-www-form-urlencoded')
      .set('X-Twilio-Signature', 'RSOYDt4T1cUTdK1PDd93/VVr8B8=')
      .set(encoding ? { 'Content-Encoding': encoding } : {})
      .serialize((raw_: unknown) => raw_ as string)
      .send(encoding ? gzipSync(body) : body);
    assertFitForCarriers(reply);
    expect(reply.status).toBe(413);
  });

  it('a body of 63 KiB is still read', async () => {
    const fields = [...ringing(), ['Padding', 'x'.repeat(62 * 1024)] as const];
    expect((await carrier.callback(call.workflow_run_id, fields)).status).toBe(204);
  });

  it.each(['From', 'To', 'AnsweredBy', 'FromCity', 'a\u0000b'])(
    'null bytes signed in %j are a value like any other',
    async (name) => {
      const fields = carrier.inboundFields(newSid('CA'), { [name]: 'nul\u0000nul' });
      const reply = await carrier.answer(null, fields);
      expect(reply.status).toBe(200);
    },
  );

  it('a form that calls itself text or JSON is not believed', async () => {
    for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x']) {
      const reply = await carrier.callback(call.workflow_run_id, ringing(), {
        headers: { 'Content-Type': type },
      });
      expect([type, reply.status]).toEqual([type, 403]);
    }
  });

  it('a charset behind the media type changes nothing', async () => {
    const reply = await carrier.callback(call.workflow_run_id, ringing(), {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
    });
    expect(reply.status).toBe(204);
  });

  it('a body that never comes has its reply within 3 s', async () => {
    const begun = performance.now();
    const reply = await new Promise<string>((resolve, reject) => {
      const socket = connect(gateway.port, '127.0.0.1', () =>
        socket.write(`POST ${ANSWER} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\na`),
      );
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.once('error', reject);
    });
    expect(reply).toMatch(/^HTTP\/1\.1 503 .*Cache-Control: no-store/s);
    expectQuick(performance.now() - begun, 3_000);
  });

  it('after all of it, the service still answers', async () => {
    const reply = await api.request('GET', '/telephony/calls');
    expect(reply.status).toBe(200);
    expect((await supertest(gateway.url).get('/health/ready')).status).toBe(200);
  });
});
