import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { newSid } from '../../tools/carrier/sids.js';
import { Api } from '../support/api.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { CarrierRequests, streamOf } from '../support/signed-request.js';
import { postgresStore, startPostgres } from '../support/stores.js';
import { expectQuick, until } from '../support/patience.js';

const REPLY_WITHIN_MS = 3_000;

const server = await startPostgres();

/** A network that loses everything from one moment on, and resets nothing. */
class Relay {
  private readonly sockets = new Set<Socket>();
  private frozen = false;
  private readonly server = createServer((near) => {
    const far = connect(this.targetPort, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (data) => (this.frozen ? undefined : to.write(data)));
      from.on('error', () => undefined);
      from.on('close', () => (this.frozen ? undefined : to.destroy()));
    }
  });

  constructor(private readonly targetPort: number) {}

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  freeze(): void {
    this.frozen = true;
  }

  /** Lost stays lost; what connects from now on gets through. */
  thaw(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    this.frozen = false;
  }

  close(): void {
    this.thaw();
    this.server.close();
  }
}

(server ? describe : describe.skip)('while PostgreSQL is away', () => {
  let gateway: Gateway | null = null;

  afterEach(async () => {
    await server?.start();
    await gateway?.stop();
    gateway = null;
  });
  afterAll(() => server?.dispose());

  const start = async (more: Parameters<typeof startGateway>[0] = {}) => {
    const store = await postgresStore(server?.url() ?? '');
    await store.database.close();
    gateway = await startGateway({
      carrier: { behaviour: { queuedMs: 600_000 } },
      ...more,
      env: { ...store.env, ...more.env },
    });
    const api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    return { gateway, api, carrier: new CarrierRequests(gateway) };
  };
  const timed = async <T>(work: Promise<T>): Promise<{ reply: T; ms: number }> => {
    const begun = performance.now();
    const reply = await work;
    return { reply, ms: performance.now() - begun };
  };
  const untilReady = async ({ url }: Gateway, wanted: number) => {
    await until(async () => (await fetch(`${url}/health/ready`)).status === wanted, `${wanted}`);
  };

  it.each(['fast', 'immediate'] as const)(
    'stopped (%s): every webhook has its 503 within 3 s and asks to be repeated, and all is well afterwards',
    async (mode) => {
      const { gateway: running, api, carrier } = await start();
      const call = await api.place({ to: THEIR_NUMBER });
      const sid = call.provider_call_id ?? '';
      const inbound = newSid('CA');
      const { workflow_run_id: runId } = call;
      const ask = () => [
        carrier.answer(call, carrier.fieldsOf(sid, 'in-progress')),
        carrier.answer(call, carrier.fieldsOf(sid, 'in-progress'), { method: 'GET' }),
        carrier.answer(null, carrier.inboundFields(inbound)),
        carrier.callback(runId, carrier.event(sid, 'ringing', 1)),
        carrier.callback(null, carrier.event(sid, 'in-progress', 2)),
        carrier.callback(999_999, carrier.event(sid, 'ringing', 1)),
      ];
      await server?.stop(mode);
      // The first ones find connections that are gone, the second ones none at all.
      for (let wave = 0; wave < 2; wave += 1) {
        const replies = await Promise.all(ask().map(timed));
        for (const { reply, ms } of replies) {
          expect(reply.status).toBe(503);
          expect(reply.headers['retry-after']).toBe('1');
          expectQuick(ms, REPLY_WITHIN_MS);
        }
      }
      // What needs no store is refused as ever.
      const unsigned = carrier.callback(runId, carrier.event(sid, 'ringing', 1), {
        signature: null,
      });
      expect((await unsigned).status).toBe(403);
      expect((await fetch(`${running.url}/health/live`)).status).toBe(200);

      await server?.start();
      await untilReady(running, 200);
      for (const reply of await Promise.all(ask().slice(0, 5))) {
        expect([200, 204]).toContain(reply.status);
      }
      const { events, status } = await api.call(runId);
      expect(status).toBe('answered');
      // A 503 promised nothing: its event may be there or not, and its repetition is at most a duplicate.
      const counted = events.filter(
        ({ type, outcome }) => type !== 'dial' && outcome !== 'duplicate',
      );
      expect(counted.map(({ source, sequence }) => `${source} ${sequence}`).sort()).toEqual([
        'answer null',
        'status-callback 1',
        'status-callback 2',
      ]);
    },
  );

  it('silent, with every connection open: every webhook has its 503 within 3 s', async () => {
    const relay = new Relay(server?.port ?? 0);
    const relayPort = String(await relay.listen());
    try {
      const store = await postgresStore(server?.url() ?? '');
      await store.database.close();
      const url = new URL(store.env['DATABASE_URL'] ?? '');
      url.port = relayPort;
      const { gateway: running, api, carrier } = await start({ env: { DATABASE_URL: url.href } });
      const call = await api.place({ to: THEIR_NUMBER });
      const sid = call.provider_call_id ?? '';
      const { workflow_run_id: runId } = call;
      const ask = () => [
        carrier.answer(call, carrier.fieldsOf(sid, 'in-progress')),
        carrier.answer(null, carrier.inboundFields()),
        carrier.callback(runId, carrier.event(sid, 'ringing', 1)),
        carrier.callback(null, carrier.event(sid, 'in-progress', 2)),
      ];
      relay.freeze();
      // The run's own public URL is not to be had, so nobody can tell whether this one is right.
      const elsewhere = { publicUrl: 'https://earlier.example' };
      for (let wave = 0; wave < 2; wave += 1) {
        const other = carrier.callback(runId, carrier.event(sid, 'ringing', 1), elsewhere);
        for (const { reply, ms } of await Promise.all([...ask(), other].map(timed))) {
          expect(reply.status).toBe(503);
          expectQuick(ms, REPLY_WITHIN_MS);
        }
      }
      relay.thaw();
      await untilReady(running, 200);
      for (const reply of await Promise.all(ask())) expect([200, 204]).toContain(reply.status);
      expect((await api.call(runId)).status).toBe('answered');
    } finally {
      relay.thaw();
      await gateway?.stop();
      gateway = null;
      relay.close();
    }
  });

  it('gone for less than a carrier’s patience: its own repetitions save the call', async () => {
    const { gateway: running, api } = await start({
      carrier: { behaviour: { ringMs: 800 }, webhookRetryPauseMs: 5_000 },
    });
    const placed = await api.place({ to: THEIR_NUMBER });
    await server?.stop();
    const coming = running.carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    await new Promise((next) => setTimeout(next, 1_500));
    await server?.start();
    const call = await coming;
    await call.streamStarted;
    await until(() => call.heardAudio.length > 20 * 160);
    call.hangUp();
    await call.settled;
    const final = await api.until(
      placed.workflow_run_id,
      ({ status, events }) =>
        status === 'completed' &&
        ['initiated', 'ringing', 'answered', 'completed'].every((word) =>
          events.some((event) => event.status === word && event.source === 'status-callback'),
        ),
    );
    expect(final.end_reason).toBe('caller_hangup');
    expect(call.compareEcho().fraction).toBeGreaterThanOrEqual(0.99);
  });

  it('present again, takes what SQLite takes: null bytes in any field', async () => {
    const { carrier } = await start();
    for (const name of ['From', 'To', 'AnsweredBy', 'FromCity', 'a\u0000b']) {
      const fields = carrier.inboundFields(newSid('CA'), { [name]: 'nul\u0000nul' });
      const reply = await carrier.answer(null, fields);
      expect([name, reply.status]).toEqual([name, 200]);
    }
    const sid = newSid('CA');
    streamOf(await carrier.answer(null, carrier.inboundFields(sid)));
    const ids = [
      ['CallSid', sid],
      ['AccountSid', gateway?.carrier.accountSid ?? ''],
    ] as const;
    const events = [
      carrier.event(sid, 'ringing', 0, { Timestamp: '\u0000', AnsweredBy: 'a\u0000' }),
      [...ids, ['AnsweredBy', 'b\u0000'] as const],
      [...ids, ['StreamEvent', 'c\u0000'] as const, ['StreamSid', 'd\u0000'] as const],
      carrier.event(sid, 'failed', 1, { ErrorCode: '\u0000', ErrorMessage: '\u0000' }),
    ];
    for (const fields of events) {
      expect((await carrier.callback(null, fields)).status).toBe(204);
    }
  });
});
