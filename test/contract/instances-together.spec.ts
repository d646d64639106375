import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Client, type ClientConfig } from 'pg';
import { Api, type CallJson } from '../support/api.js';
import { byName, type CheckJson, type DiagnosisJson } from '../support/diagnosis.js';
import { claimedPort } from '../support/claimed-port.js';
import { API_KEY, OUR_NUMBER, THEIR_NUMBER } from '../support/gateway.js';
import { Instances } from '../support/instances.js';
import { parseMetrics } from '../support/metrics.js';
import { PATIENCE_MS, until } from '../support/patience.js';
import { CarrierRequests } from '../support/signed-request.js';
import { postgresStores, type TestStore } from '../support/stores.js';
import { TlsBalancer } from '../support/tls-balancer.js';

interface InstanceJson {
  instance_id: string;
  name: string;
  state: string;
  live_calls: number;
  lease_age_ms: number;
  this_one: boolean;
}

const source = await postgresStores();

(source ? describe : describe.skip)('two services that share a store', () => {
  let store: TestStore;
  let instances: Instances;
  let operations: string;
  let balancer: TlsBalancer;

  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    balancer = await TlsBalancer.start();
    instances = await Instances.start(store, {
      count: 1,
      env: {
        INSTANCE_NAME: 'api-1',
        BALANCER: `127.0.0.1:${balancer.port}`,
        CREDENTIALS_KEY: Buffer.alloc(32, 7).toString('base64'),
      },
    });
    const port = await claimedPort();
    operations = `http://127.0.0.1:${port}`;
    await instances.add({ INSTANCE_NAME: 'api-2', OPERATIONS_PORT: String(port) });
  });
  afterAll(async () => {
    await instances.stop();
    await balancer.stop();
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

  test('each is named in its log lines, and in replies to those who are known', async () => {
    const header = 'x-patchbay-instance';
    for (const at of [0, 1]) {
      const { url } = instances.at(at);
      const headers = { authorization: `Bearer ${API_KEY}` };
      const keyed = await fetch(`${url}/api/v1/agents`, { headers });
      expect(keyed.headers.get(header)).toBe(`api-${at + 1}`);
      const requests = new CarrierRequests({ url, carrier: instances.carrier });
      const signed = await requests.callback(null, [['To', OUR_NUMBER]]);
      expect(signed.headers[header]).toBe(`api-${at + 1}`);
      const unsigned = await requests.callback(null, [], { signature: null });
      expect([unsigned.status, unsigned.headers[header]]).toEqual([403, undefined]);
      for (const path of ['/api/v1/agents', '/health/ready', '/console/', '/nowhere']) {
        expect((await fetch(url + path)).headers.get(header)).toBeNull();
      }
      const lines = instances.at(at).lastWords().split('\n');
      const named = lines.map((line) => (JSON.parse(line) as { instance?: string }).instance);
      expect(new Set(named)).toEqual(new Set([`api-${at + 1}`]));
    }
  });

  test('each shows its lease, its clock and its bus among its metrics', async () => {
    expect((await listed(0)).every(({ lease_age_ms: age }) => age >= 0 && age < 6_000)).toBe(true);
    const metrics = parseMetrics(await (await fetch(`${operations}/metrics`)).text());
    expect(metrics.get('patchbay_instance_lease_age_seconds')).toBeLessThan(6);
    expect(metrics.get('patchbay_instance_clock_offset_seconds')).toEqual(expect.any(Number));
    expect(metrics.get('patchbay_bus_round_trip_seconds')).toBeGreaterThan(0);
  });

  describe('the doctor of either', () => {
    const PATH = '/telephony/diagnostics';
    const diagnose = async (at: number): Promise<Map<string, CheckJson>> => {
      const { body } = await new Api(instances.at(at)).request<DiagnosisJson>('GET', PATH);
      return byName(body.checks);
    };
    const portOf = (at: number): number => Number(new URL(instances.at(at).url).port);
    const refused = () =>
      store.database.read((db) => db.selectFrom('refusals').select('reason').execute());
    /** Diagnoses until these checks say this: on a busy machine some find the store slow. */
    const untilFound = async (
      at: number,
      expected: Record<string, string | null>,
    ): Promise<Map<string, CheckJson>> => {
      let checks = new Map<string, CheckJson>();
      const isFound = ([name, status]: [string, string | null]): boolean =>
        (checks.get(name)?.status ?? null) === status;
      await until(async () => {
        checks = await diagnose(at);
        return Object.entries(expected).every(isFound);
      }).catch(() => {
        const found = Object.keys(expected).map((name) => [name, checks.get(name)?.status ?? null]);
        expect(Object.fromEntries(found)).toEqual(expected);
      });
      return checks;
    };
    const WELL = {
      instances: 'up',
      'instance-clocks': 'up',
      'instance-settings': 'up',
      balancer: 'up',
      migrations: 'up',
    };

    test('finds nothing wrong behind a balancer, and leaves no trace', async () => {
      let turn = 0;
      balancer.pick = () => portOf(turn++ % 2);
      const before = await refused();
      for (const at of [0, 1]) {
        // Whichever instance a probe arrives at, it is known; no standby follows this server.
        const ways = { 'answer-url': 'up', 'run-id-in-url': 'up', 'websocket-upgrade': 'up' };
        const checks = await untilFound(at, { ...WELL, ...ways, standby: null });
        expect(checks.get('instances')?.seen).toMatch(/^2 instances: api-1 \(.*api-2 \(/);
        expect(checks.get('bus')?.seen).toMatch(/^A nudge is heard within \d+ ms\.$/);
      }
      expect(await refused()).toEqual(before);
    });

    test('names an instance that the balancer leaves out', async () => {
      balancer.pick = () => portOf(0);
      const checks = await untilFound(1, { ...WELL, balancer: 'warn' });
      expect(checks.get('balancer')?.seen).toContain('none arrived at api-2');
      let turn = 0;
      balancer.pick = () => portOf(turn++ % 2);
    });

    test('names an instance that is silent, and a schema of a later release', async () => {
      const { database } = store;
      await database.write(async (trx) => {
        // What an instance leaves that was killed eight seconds ago.
        const lease_until = sql<number>`${database.engine.now()} - 2000`;
        const gone = { instance_id: 'gone', name: 'api-9', lease_until };
        await trx.insertInto('instances').values(gone).execute();
        await sql`insert into kysely_migration values ('9999-later', '')`.execute(trx);
      });
      const checks = await untilFound(0, { ...WELL, migrations: 'warn', instances: 'warn' });
      expect(checks.get('instances')?.seen).toMatch(/api-9 has been silent for \d+/);
      expect(checks.get('migrations')?.seen).toContain('9999-later');
      await database.write(async (trx) => {
        await trx.deleteFrom('instances').where('instance_id', '=', 'gone').execute();
        await sql`delete from kysely_migration where name = '9999-later'`.execute(trx);
      });
    });

    test('names a standby that no commit waits for', async () => {
      const url = new URL(store.env['DATABASE_URL'] ?? '');
      const standby = new Client({
        connectionString: url.href,
        replication: 'true',
      } as ClientConfig);
      standby.on('error', () => undefined);
      await standby.connect();
      // It follows from where the server is now, as a standby does.
      const { rows } = await standby.query<{ xlogpos: string }>('IDENTIFY_SYSTEM');
      const following = standby.query(`START_REPLICATION PHYSICAL ${rows[0]?.xlogpos}`);
      following.catch(() => undefined);
      const checks = await untilFound(0, { ...WELL, standby: 'warn' });
      expect(checks.get('standby')?.seen).toMatch(/^No commit waits for a standby/);
      await standby.end();
      await untilFound(0, { ...WELL, standby: null });
    });

    test('runs in full at one of them at a time, and so do repairs', async () => {
      const abort = new AbortController();
      const headers = { authorization: `Bearer ${API_KEY}` };
      const run = await fetch(`${instances.at(0).url}/api/v1${PATH}?idle_seconds=300`, {
        method: 'POST',
        headers,
        signal: abort.signal,
      });
      expect(run.status).toBe(200);
      const there = new Api(instances.at(1));
      const full = `${PATH}?idle_seconds=1`;
      expect(await there.request('POST', full)).toMatchObject({
        status: 409,
        body: { code: 'conflict' },
      });
      abort.abort();
      const job = { job: 'doctor-repair', instance_id: '' };
      job.instance_id = (await listed(0)).find((one) => one.this_one)?.instance_id ?? '';
      const lease_until = Date.now() + 60 * 60_000;
      await store.database.write((trx) =>
        trx
          .insertInto('jobs')
          .values({ ...job, lease_until })
          .execute(),
      );
      expect((await there.request('POST', `${PATH}/repairs/numbers`)).status).toBe(409);
      await store.database.write((trx) =>
        trx.deleteFrom('jobs').where('job', '=', job.job).execute(),
      );
      expect((await there.request('POST', `${PATH}/repairs/numbers`)).status).toBe(200);
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
