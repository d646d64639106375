import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api, type CallJson } from '../support/api.js';
import { claimedPort } from '../support/claimed-port.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { Instances } from '../support/instances.js';
import { PATIENCE_MS, until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';

interface InstanceJson {
  name: string;
  state: string;
  live_calls: number;
  this_one: boolean;
}

const source = await postgresStores();

(source ? describe : describe.skip)('two services that share a store', () => {
  let store: TestStore;
  let instances: Instances;
  let operations: string;

  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    instances = await Instances.start(store, { count: 1, env: { INSTANCE_NAME: 'api-1' } });
    const port = await claimedPort();
    operations = `http://127.0.0.1:${port}`;
    await instances.add({ INSTANCE_NAME: 'api-2', OPERATIONS_PORT: String(port) });
  });
  afterAll(async () => {
    await instances.stop();
    await store.remove();
    await source?.dispose();
  });

  const listed = async (at: number): Promise<InstanceJson[]> => {
    const api = new Api(instances.at(at));
    const { body } = await api.request<{ data?: InstanceJson[] }>('GET', '/instances');
    return body.data ?? [];
  };
  const known = async (at: number): Promise<string[]> =>
    (await listed(at)).map(({ name, state }) => `${name} ${state}`).sort();

  test('each lists both, and which of them answers', async () => {
    for (const at of [0, 1]) {
      await until(async () => (await known(at)).join() === 'api-1 ready,api-2 ready');
      const mine = (await listed(at)).filter((one) => one.this_one);
      expect(mine.map(({ name }) => name)).toEqual([`api-${at + 1}`]);
    }
  });

  test('a call of one is told, shown and ended at the other', async () => {
    await instances.explain(async () => {
      const [here, there] = [new Api(instances.at(0)), new Api(instances.at(1))];
      const told = follow(instances.at(1).url);
      // The carrier's stream, and all it reports, goes to the first.
      instances.pick = () => instances.at(0);
      const { workflow_run_id: runId } = await here.place({ to: THEIR_NUMBER });
      const streaming = await there.until(runId, (call) => call.streaming);
      expect(streaming.instance).toBe('api-1');
      await until(() =>
        told.calls.some((call) => call.workflow_run_id === runId && call.streaming),
      );
      await until(async () => {
        const owner = (await listed(1)).find(({ name }) => name === 'api-1');
        return owner?.live_calls === 1;
      });
      // What the carrier reports of the end goes to the second.
      instances.pick = () => instances.at(1);
      await there.request('POST', `/telephony/calls/${runId}/hangup`);
      const over = await here.until(runId, (call) => call.ended_at !== null && !call.streaming);
      expect(over).toMatchObject({ end_reason: 'api_hangup', instance: null });
      await until(() => told.calls.some((call) => call.workflow_run_id === runId && call.ended_at));
      await until(async () => (await listed(1)).every(({ live_calls: calls }) => calls === 0));
      told.stop();
    });
  });

  test('one that is ordered to drain stops, and the other knows at once that it has left', async () => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const reply = await fetch(`${operations}/drain`, { method: 'POST', headers });
    expect(reply.status).toBe(202);
    await until(() => !instances.at(1).isRunning);
    await until(async () => (await known(0)).join() === 'api-1 ready');
  });
});

/** Reads the feed until it is stopped. */
function follow(url: string): { calls: CallJson[]; stop: () => void } {
  const calls: CallJson[] = [];
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(3 * PATIENCE_MS)]);
  const read = async (): Promise<void> => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const response = await fetch(`${url}/api/v1/telephony/calls/stream`, { headers, signal });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, data] = /^event: call\nid: \S+\ndata: (.*)$/m.exec(block) ?? [];
        if (data !== undefined) calls.push(JSON.parse(data) as CallJson);
      }
    }
  };
  read().catch(() => undefined);
  return { calls, stop: () => abort.abort() };
}
