import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import { Api } from '../support/api.js';
import { Instances } from '../support/instances.js';
import { hasNatsServer, NatsServer } from '../support/nats-server.js';
import { LONG, until } from '../support/patience.js';
import { CarrierRequests, streamOf } from '../support/signed-request.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const source = LONG && hasNatsServer() ? await postgresStores() : null;

(source ? describe : describe.skip)('two services that hear of each other through NATS', () => {
  let store: TestStore;
  let server: NatsServer;
  let instances: Instances;
  let listener: NatsConnection;
  /** The subjects of all nudges so far. */
  const nudged: string[] = [];

  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    server = await NatsServer.start(['--user', 'patchbay', '--pass', 'secret']);
    const NATS_URL = server.url('patchbay:secret@');
    instances = await Instances.start(store, { env: { NATS_URL, MOVE_PATIENCE_SECONDS: '0' } });
    listener = await connect({
      servers: `127.0.0.1:${server.port}`,
      user: 'patchbay',
      pass: 'secret',
      maxReconnectAttempts: -1,
    });
    listener.subscribe('pb.>', { callback: (_, { subject }) => void nudged.push(subject) });
  });
  afterAll(async () => {
    await instances.stop();
    await listener.close();
    await server.kill();
    await store.remove();
    await source?.dispose();
  });

  const api = (at: number): Api => new Api(instances.at(at));
  const goTo = (at: number): void => {
    instances.pick = () => instances.at(at);
  };
  const targets = (): Set<string> => new Set(nudged.filter((one) => one.startsWith('pb.i.')));

  let calls = 0;
  /** A call whose stream is at the first. */
  async function placed(): Promise<{ runId: number; call: SimulatedCall }> {
    goTo(0);
    const to = `+1202555${String((calls += 1)).padStart(4, '0')}`;
    // A caller who talks all the time.
    instances.carrier.behave(to, { stream: {} });
    const { workflow_run_id: runId } = await api(0).place({ to });
    const dialled = await api(0).until(runId, (one) => one.streaming);
    const call = instances.carrier.findCall(dialled.provider_call_id ?? '');
    if (!call) throw new Error('the carrier does not know the call');
    const stream = await call.streamNumber(1);
    await until(() => stream.heardAudio.length > 1_600);
    return { runId, call };
  }

  /** A second stream for the call begins at the other, which asks the owner of the first. */
  async function secondStream({ runId, call }: Awaited<ReturnType<typeof placed>>) {
    goTo(1);
    const { carrier } = instances;
    const requests = new CarrierRequests({ url: instances.at(1).url, carrier });
    const fields = requests.fieldsOf(call.sid, 'in-progress');
    const { url, token } = streamOf(await requests.answer(await api(1).call(runId), fields));
    const customParameters = { token };
    const second = await carrier.connectStream({ url, callSid: call.sid, customParameters });
    if (second.kind !== 'open') throw new Error(second.kind);
    return second.client.closed;
  }

  async function hungUpAtTheOther({ runId }: { runId: number }): Promise<void> {
    await api(1).request('POST', `/telephony/calls/${runId}/hangup`);
    const over = await api(0).until(runId, (one) => one.ended_at !== null && !one.streaming);
    expect(over.end_reason).toBe('api_hangup');
  }

  test('what one asks the other, the reply and changes of calls go through NATS', async () => {
    await instances.explain(async () => {
      const one = await placed();
      await until(() => nudged.includes('pb.feed'));
      expect(await secondStream(one)).toMatchObject({ code: 4409 });
      await until(() => targets().size === 2);
      await hungUpAtTheOther(one);
      for (const instance of instances.all) {
        expect(instance.lastWords(1_000)).not.toMatch(/bus\.(lost|deaf)/);
      }
    });
  });

  test('without it they are ready and go on through the store, and use it again when it is back', async () => {
    await instances.explain(async () => {
      const one = await placed();
      await server.kill();
      const said = (event: string) =>
        until(() => instances.all.every((each) => each.lastWords(1_000).includes(event)));
      await said('bus.lost');
      for (const { url } of instances.all) {
        expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      }
      await hungUpAtTheOther(one);
      await server.start();
      await said('bus.back');
      const isThere = (): Promise<boolean> =>
        listener.flush().then(
          () => true,
          () => false,
        );
      await until(isThere);
      nudged.length = 0;
      await hungUpAtTheOther(await placed());
      await until(() => nudged.includes('pb.feed'));
    });
  });

  test('a call goes on at the other when its own is stopped', async () => {
    await instances.explain(async () => {
      const { runId, call } = await placed();
      goTo(1);
      await instances.at(0).stop();
      const next = await call.streamNumber(2);
      await until(() => next.heardAudio.length > 1_600);
      expect((await api(1).call(runId)).status).toBe('answered');
      expect(instances.carrier.violations).toEqual([]);
    });
  });
});
