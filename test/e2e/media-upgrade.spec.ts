import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { StoreUnavailableError } from '../../src/database/store-errors.js';
import { Draining } from '../../src/shared/draining.js';
import type { StreamClient } from '../../tools/carrier/media/connect-stream.js';
import { signUpgrade } from '../../tools/carrier/signing/signature.js';
import { PUBLIC_ORIGIN } from '../support/gateway.js';
import { STREAM_PATH, StreamBench, streamTarget, type AnsweredCall } from '../support/streams.js';

const NO_RUN = `${STREAM_PATH}/1/1/4711`;

describe('the upgrade of a media stream', () => {
  let bench: StreamBench;
  let known: AnsweredCall;

  beforeAll(async () => {
    bench = await StreamBench.start();
    known = await bench.answered();
  });
  afterAll(() => bench.stop());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Refused before the 101, in plain text that no cache may keep. */
  const expectRefusal = async (target: string, status: number, body: string, more = {}) => {
    const reply = await bench.upgrade(target, more);
    expect(reply).toMatchObject({ status, body });
    expect(reply.headers).toMatchObject({
      connection: 'close',
      'cache-control': 'no-store',
      'content-type': 'text/plain',
    });
  };

  it('is answered 101 with no Origin and no subprotocol asked for', async () => {
    const reply = await bench.upgrade(streamTarget(known));
    expect(reply.status).toBe(101);
    expect(reply.headers['sec-websocket-protocol']).toBeUndefined();
    expect(reply.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('is answered 101 with its signature told twice, and with its target in absolute form', async () => {
    const signature = bench.sign(streamTarget(known));
    const twice = { signature: `${signature}, ${signature}` };
    expect((await bench.upgrade(streamTarget(known), twice)).status).toBe(101);
    const absolute = `http://proxied.example:81${streamTarget(known)}`;
    expect((await bench.upgrade(absolute, { signature })).status).toBe(101);
  });

  it('takes any Origin too: it says nothing about a carrier', async () => {
    const headers = { Origin: 'https://elsewhere.example.com' };
    expect((await bench.upgrade(streamTarget(known), { headers })).status).toBe(101);
  });

  it('never negotiates compression, offered or not', async () => {
    const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' };
    const reply = await bench.upgrade(streamTarget(known), { headers });
    expect(reply.status).toBe(101);
    expect(reply.headers['sec-websocket-extensions']).toBeUndefined();
  });

  describe('a trailing slash', () => {
    const asked = (slash: boolean, signed: boolean) => {
      const target = streamTarget(known);
      const signature = bench.sign(target + (signed ? '/' : ''));
      return bench.upgrade(target + (slash ? '/' : ''), { signature });
    };

    it.each([
      ['asked and signed', true, true],
      ['asked, not signed', true, false],
      ['signed, not asked', false, true],
    ])('%s: 101', async (_, slash, signed) => {
      expect((await asked(slash, signed)).status).toBe(101);
    });
  });

  describe('403 before the 101', () => {
    it('without a signature', async () => {
      const before = bench.refused('signature-missing');
      await expectRefusal(streamTarget(known), 403, 'signature-missing', { signature: null });
      expect(bench.refused('signature-missing')).toBe(before + 1);
    });

    it('with an empty one', () =>
      expectRefusal(streamTarget(known), 403, 'signature-missing', { signature: '' }));

    it.each([
      ['garbage', () => 'garbage'],
      ['base64 of the wrong length', () => 'AAAA'],
      ['a signature by another token', (target: string) => signUpgrade(target, 'f'.repeat(32))],
      ['the signature of another run', () => bench.sign(NO_RUN)],
      [
        'a signature over https://, as a webhook has it',
        (target: string) => signUpgrade(PUBLIC_ORIGIN + target, bench.gateway.carrier.authToken),
      ],
      [
        'two signatures that differ',
        (target: string) => `${bench.sign(target)}, ${bench.sign('/')}`,
      ],
    ])('with %s', (_, forge) =>
      expectRefusal(streamTarget(known), 403, 'signature-mismatch', {
        signature: forge(streamTarget(known)),
      }),
    );

    it('whatever the Host header says', () =>
      expectRefusal(streamTarget(known), 403, 'signature-mismatch', {
        headers: { Host: 'evil.example.com' },
        signature: signUpgrade(
          `wss://evil.example.com${streamTarget(known)}`,
          bench.gateway.carrier.authToken,
        ),
      }));

    it.each(['0', '-1', 'abc', '1/1/4711/9', ''])(
      'before the ids are looked at: %p is not said to be malformed',
      (ids) =>
        expectRefusal(`${STREAM_PATH}/${ids}`, 403, 'signature-missing', { signature: null }),
    );

    it('before the run is looked up: nobody learns which runs there are', () =>
      expectRefusal(NO_RUN, 403, 'signature-mismatch', { signature: bench.sign('/elsewhere') }));
  });

  describe('400 before the 101', () => {
    it.each([
      '',
      '/',
      '/1',
      '/1/1',
      '/0/0/0',
      '/1/1/0',
      '/1/1/-1',
      '/1/1/abc',
      '/1/1/1.5',
      '/1/1/1e3',
      '/1/1/0x1',
      '/1/1/01',
      '/1/1/%31',
      '/1/1/9007199254740993',
      '/1/1/99999999999999999999',
      '/1/1/1/1',
      '/1/1/1//',
      '//1/1/1',
    ])('signed, but with the ids %p', (ids) =>
      expectRefusal(`${STREAM_PATH}${ids}`, 400, 'malformed'),
    );
  });

  describe('404 before the 101', () => {
    it('for a run that is not there', () => expectRefusal(NO_RUN, 404, 'run-unknown'));

    it('for ids that do not belong together', async () => {
      const { runId } = known;
      await expectRefusal(`${STREAM_PATH}/2/1/${runId}`, 404, 'ids-mismatch');
      await expectRefusal(`${STREAM_PATH}/1/2/${runId}`, 404, 'ids-mismatch');
    });

    it.each(['/', '/api/v1/telephony/wss/1/1/1', '/api/v1/telephony/twiml', '/socket.io/?EIO=4'])(
      'for the upgrade of %p, signed or not',
      async (target) => {
        await expectRefusal(target, 404, 'not-found');
        await expectRefusal(target, 404, 'not-found', { signature: null });
      },
    );
  });

  it('is answered 409 when the run has ended, and changes nothing in it', async () => {
    const call = await bench.answered();
    const sid = call.callSid;
    await bench.requests.callback(call.runId, bench.requests.event(sid, 'completed', 3));
    const before = await bench.api.call(call.runId);
    expect(before.status).toBe('completed');
    await expectRefusal(streamTarget(call), 409, 'call-ended');
    expect(await bench.api.call(call.runId)).toEqual(before);
  });

  it('is answered 503 when the store is down, and works again when it is back', async () => {
    jest
      .spyOn(bench.gateway.service.app.get(CallLedger), 'findBrief')
      .mockRejectedValue(new StoreUnavailableError('gone'));
    await expectRefusal(streamTarget(known), 503, 'unavailable');
    jest.restoreAllMocks();
    expect((await bench.upgrade(streamTarget(known))).status).toBe(101);
  });

  it('is answered 503 by an instance that is about to end, before the 101: the carrier asks again', async () => {
    jest.spyOn(bench.gateway.service.app.get(Draining), 'isClosing', 'get').mockReturnValue(true);
    await expectRefusal(streamTarget(known), 503, 'draining');
  });

  it('is answered 403 without a signature even when the store is down', async () => {
    jest
      .spyOn(bench.gateway.service.app.get(CallLedger), 'findBrief')
      .mockRejectedValue(new StoreUnavailableError('gone'));
    await expectRefusal(streamTarget(known), 403, 'signature-missing', { signature: null });
  });

  it.each([
    ['another version', { 'Sec-WebSocket-Version': '7' }],
    ['no key', { 'Sec-WebSocket-Key': '' }],
    ['another protocol', { Upgrade: 'h2c' }],
  ])('with %s is a bad request that takes no place', async (_, headers) => {
    const call = await bench.answered();
    for (let i = 0; i < 6; i++) {
      expect((await bench.upgrade(streamTarget(call), { headers })).status).toBe(400);
    }
    expect((await bench.upgrade(streamTarget(call))).status).toBe(101);
  });

  describe('peers that go away', () => {
    const lines = (target: string) =>
      [
        `GET ${target} HTTP/1.1`,
        `Host: ${new URL(PUBLIC_ORIGIN).host}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        `X-Twilio-Signature: ${bench.sign(target)}`,
        '',
        '',
      ].join('\r\n');
    const dial = async () => {
      const socket = connect(bench.gateway.port, '127.0.0.1');
      socket.on('error', () => undefined);
      // What is not read to its end never ends.
      socket.resume();
      await once(socket, 'connect');
      return socket;
    };

    it('before, within and right after the handshake do no harm', async () => {
      const call = await bench.answered();
      const request = lines(streamTarget(call));
      for (let cut = 0; cut <= request.length; cut += 97) {
        const socket = await dial();
        socket.write(request.slice(0, cut));
        // Half of them with a reset, half with a plain end.
        if (cut % 2 === 0) socket.resetAndDestroy();
        else socket.end();
      }
      for (let i = 0; i < 10; i++) {
        const socket = await dial();
        socket.write(request, () => socket.resetAndDestroy());
      }
      await bench.until(() => bench.session(call.runId) === null);
      const client = await bench.live(call);
      client.destroy();
    });

    it('and stay half-open keep nobody else out', async () => {
      const call = await bench.answered();
      const silent = await Promise.all(Array.from({ length: 20 }, dial));
      for (const socket of silent) socket.write(lines(streamTarget(call)).slice(0, 60));
      const client = await bench.live(call);
      client.destroy();
      for (const socket of silent) socket.destroy();
    });
  });

  describe('sockets that wait for their start', () => {
    const crowd = async (call: AnsweredCall, count: number): Promise<StreamClient[]> =>
      Promise.all(Array.from({ length: count }, () => bench.open(call, { sendStart: false })));

    it('are four of a run: the fifth is refused with 429, and comes in when one leaves', async () => {
      const call = await bench.answered();
      const clients = await crowd(call, 4);
      await expectRefusal(streamTarget(call), 429, 'too-many-waiting');
      // Another call is not touched by it.
      expect((await bench.upgrade(streamTarget(await bench.answered()))).status).toBe(101);
      clients[0]?.destroy();
      await clients[0]?.closed;
      clients.push(await bench.open(call, { sendStart: false }));
      for (const client of clients) client.destroy();
    });

    it('are no more than four however many come in the same instant', async () => {
      const call = await bench.answered();
      const streams = await Promise.all(
        Array.from({ length: 24 }, () =>
          bench.gateway.carrier.connectStream({ url: call.url, sendStart: false }),
        ),
      );
      const open = streams.flatMap((one) => (one.kind === 'open' ? [one.client] : []));
      const refused = streams.flatMap((one) => (one.kind === 'refused' ? [one.status] : []));
      expect(open).toHaveLength(4);
      expect(refused).toEqual(Array.from({ length: 20 }, () => 429));
      for (const client of open) client.destroy();
    });

    it('no longer wait once they are live: a call is never kept from its next stream', async () => {
      const call = await bench.answered();
      const live = await bench.live(call);
      const waiting = await crowd(call, 4);
      await expectRefusal(streamTarget(call), 429, 'too-many-waiting');
      for (const client of [live, ...waiting]) client.destroy();
    });
  });
});
