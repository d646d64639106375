import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { Instance } from '../../src/cluster/instance.js';
import { LATER, toLaterSchema } from '../support/later-schema.js';
import { until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';
import { echoed, frame, StreamBench, streamsOf, type AnsweredCall } from '../support/streams.js';

const source = await postgresStores();

/** What a later release writes into the same store: columns, words and instances unknown to this one. */
(source ? describe : describe.skip)('beside a later release', () => {
  let store: TestStore;
  let bench: StreamBench;
  /** The later release's connection. */
  let later: Client;
  let receiver: Server;

  beforeEach(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    await toLaterSchema(store.database);
    await store.database.close();
    later = new Client({ connectionString: store.env['DATABASE_URL'] });
    await later.connect();
    await later.query(`insert into instances (instance_id, name, lease_until, state, version)
      values ('later', 'there', (extract(epoch from now()) * 1000)::bigint + 600000, 'draining', '0.3.0')`);
    receiver = createServer((request, response) => {
      request.resume().once('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    bench = await StreamBench.start({
      env: { ...store.env, WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' },
    });
  });
  afterEach(async () => {
    await bench.stop();
    receiver.close();
    await later.end();
    await store.remove();
  });
  afterAll(() => source?.dispose());

  const tell = (
    { runId }: AnsweredCall,
    event: { type: string; source: string; status?: string; detail: object },
  ) =>
    later.query(
      `insert into call_events (run_id, type, source, outcome, status, received_at, detail, written_by)
        values ($1, $2, $3, 'applied', $4, $5, $6, 'later')`,
      [
        runId,
        event.type,
        event.source,
        event.status ?? null,
        Date.now(),
        JSON.stringify(event.detail),
      ],
    );

  /** A stream of the call that the later release had, and moved. */
  const moveThere = async (call: AnsweredCall): Promise<void> => {
    const which = { generation: 1, stream_id: 'MZ-there' };
    const started = { stream: 'started', step: 'started', ...which, instance: 'later' };
    const ended = { stream: 'ended', step: 'ended', ...which, cause: 'moved', state: 'moving' };
    await tell(call, { type: 'stream', source: 'media', detail: { ...started, room: 'a' } });
    await tell(call, { type: 'handover', source: 'cluster', detail: { bytes: 120 } });
    await tell(call, { type: 'stream', source: 'media', detail: ended });
    await later.query(
      `update runs set stream_generation = 1, stream_state = 'moving', stream_instance = 'later',
        handover = 'written' where run_id = $1`,
      [call.runId],
    );
    await later.query(`insert into handovers values ($1, '{}')`, [call.runId]);
  };

  it('starts on its schema, leaves it as it is, and lets its instances live', async () => {
    const { rows: cell } = await later.query('select schema, min_compatible from cell');
    expect(cell).toEqual([{ schema: LATER, min_compatible: '0008b-instances-alone' }]);
    const { id } = bench.gateway.service.app.get(Instance);
    const instances = await until(async () => {
      const { rows } = await later.query(
        "select instance_id, exclusive, state from instances order by instance_id = 'later' desc",
      );
      return rows.length > 1 && rows.every(({ state }) => state !== 'starting') && rows;
    });
    expect(instances).toEqual([
      { instance_id: 'later', exclusive: 0, state: 'draining' },
      { instance_id: id, exclusive: 0, state: 'ready' },
    ]);
  });

  it('takes a call to its end, and tells an endpoint of it', async () => {
    const { port } = receiver.address() as AddressInfo;
    const endpoint = await bench.api.request<{ endpoint_id: number }>(
      'POST',
      '/webhook-endpoints',
      { url: `http://127.0.0.1:${port}/`, types: [] },
    );
    expect(endpoint.status).toBe(201);
    const call = await bench.answered();
    const client = await bench.live(call);
    client.sendAudio(frame(7));
    await bench.until(() => echoed(client).includes(7));
    client.destroy();
    const { requests } = bench;
    await requests.callback(
      call.runId,
      requests.event(call.callSid, 'completed', 3, { CallDuration: '5' }),
    );
    await bench.api.until(call.runId, ({ status }) => status === 'completed');
    await until(async () => {
      const { rows } = await later.query(
        `select state, priority from webhook_deliveries where type = 'call.finished'`,
      );
      return rows[0]?.state === 'delivered' && rows[0]?.priority === 0;
    });
  });

  it('goes on with a call that the later release has moved, and keeps what it wrote', async () => {
    const call = await bench.answered();
    await moveThere(call);
    // The carrier asks `action`.
    const again = { ...call, ...(await bench.ask(call.call)) };
    const client = await bench.live(again);
    client.sendAudio(frame(7));
    await bench.until(() => echoed(client).includes(7));
    const { rows } = await later.query(
      'select status, stream_generation, stream_state, handover from runs where run_id = $1',
      [call.runId],
    );
    expect(rows).toEqual([
      { status: 'answered', stream_generation: '2', stream_state: 'live', handover: 'written' },
    ]);
    const shown = await bench.api.call(call.runId);
    expect(streamsOf(shown)).toMatchObject([
      { step: 'started', generation: 1 },
      { step: 'ended', generation: 1, cause: 'moved', state: 'moving' },
      { step: 'started', generation: 2, stream_id: client.streamSid },
    ]);
    expect(shown.events).toContainEqual(
      expect.objectContaining({ type: 'handover', source: 'cluster', detail: { bytes: 120 } }),
    );
    client.destroy();
  });

  it('ends a call whose last stream the later release says is over, whatever it calls the reason', async () => {
    const call = await bench.answered();
    const which = { generation: 1, stream_id: 'MZ-there' };
    const started = { stream: 'started', step: 'started', ...which, instance: 'later' };
    const ended = { stream: 'ended', step: 'ended', ...which, cause: 'satisfied', state: 'over' };
    await tell(call, { type: 'stream', source: 'media', detail: started });
    await tell(call, { type: 'stream', source: 'media', detail: ended });
    await expect(bench.ask(call.call)).rejects.toThrow('<Hangup/>');
  });
});
