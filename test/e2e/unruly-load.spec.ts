import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { claimedPort } from '../support/claimed-port.js';
import { Api } from '../support/api.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { parseMetrics, valueOf } from '../support/metrics.js';
import { sqliteStores, type TestStore } from '../support/stores.js';
import { askUnruly, type UnrulyRequest } from '../support/unruly-request.js';

/** Needs a quiet machine: all of it is about milliseconds. */
const LONG = process.env['LONG_TESTS'] === '1';
const TIMES = 20;
const CPU_MS = 15;
const ELAPSED_MS = 50;
const TEN_MS = 500;
const GAP_MS = 60;

const members = (count: number): string =>
  `{${Array.from({ length: count }, (_, place) => `"m${place}":1`).join(',')}}`;
const SIGN_IN = { method: 'POST', path: '/console/api/session' };
const WORKFLOWS = { method: 'POST', path: '/api/v1/workflows' };
const OURS = { 'sec-fetch-site': 'same-origin' };
const KEY = { authorization: `Bearer ${API_KEY}` };

const INPUTS: Record<string, UnrulyRequest & { status: number }> = {
  'signing in, 20,000 members': { ...SIGN_IN, body: members(20_000), headers: OURS, status: 413 },
  'signing in from elsewhere': { ...SIGN_IN, body: members(20_000), status: 403 },
  'signing in, 900 members': { ...SIGN_IN, body: members(900), headers: OURS, status: 400 },
  'no key, 20,000 members': { ...WORKFLOWS, body: members(20_000), status: 401 },
  'a key, 20,000 members': { ...WORKFLOWS, body: members(20_000), headers: KEY, status: 400 },
  'a key, 10,000 values inside': {
    ...WORKFLOWS,
    body: `{"name":"x","agent":"echo","agent_options":${members(4_900)}}`,
    headers: KEY,
    status: 400,
  },
  'a key, 9,000 unknown values': {
    ...WORKFLOWS,
    body: `{"a":{"b":{"constructor":1},"c":${members(9_000)}}}`,
    headers: KEY,
    status: 400,
  },
  'a key, a text of 250 KB': {
    ...WORKFLOWS,
    body: `{"name":"${'\\u0041'.repeat(41_000)}"}`,
    headers: KEY,
    status: 400,
  },
};

(LONG ? describe : describe.skip)('unruly requests beside a live call', () => {
  let store: TestStore;
  let gateway: KillableGateway;
  let carrier: SimulatedCarrier;
  let metricsUrl: string;

  beforeAll(async () => {
    store = await sqliteStores.create();
    await store.database.close();
    const operationsPort = await claimedPort();
    metricsUrl = `http://127.0.0.1:${operationsPort}/metrics`;
    ({ gateway, carrier } = await KillableGateway.besideCarrier(store, {
      env: { OPERATIONS_PORT: String(operationsPort), DRAIN_TIMEOUT_SECONDS: '0' },
      carrier: { behaviour: { ringMs: 100 } },
    }));
    await gateway.start();
    const api = new Api(gateway);
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    await api.until(runId, (call) => call.streaming);
    await sleep(2_000);
  });
  afterAll(async () => {
    await gateway.stop();
    await carrier.stop();
    await store.remove();
  });

  async function cpuMs(): Promise<number> {
    const metrics = parseMetrics(await (await fetch(metricsUrl)).text());
    const of = (mode: string) => valueOf(metrics, `process_cpu_seconds_total{mode="${mode}"}`);
    return (of('user') + of('system')) * 1_000;
  }

  /** The longest silence between two pieces that the caller has heard since, by the carrier's clock. */
  function longestGap(from: number): number {
    const spans = carrier.calls[0]?.stream?.recording.heardSpans.slice(from) ?? [];
    const gaps = spans.slice(1).map(({ atMs }, at) => {
      const before = spans[at];
      return before ? atMs - (before.atMs + before.audio.length / 8) : 0;
    });
    return Math.max(...gaps);
  }
  const heardSoFar = (): number => carrier.calls[0]?.stream?.recording.heardSpans.length ?? 0;

  it.each(Object.entries(INPUTS))(
    '%s: cheap, quick, and not heard',
    async (_, { status, ...input }) => {
      // What is compiled at the first request is not counted.
      expect((await askUnruly(gateway.url, input)).status).toBe(status);
      const heard = heardSoFar();
      const before = await cpuMs();
      const elapsed: number[] = [];
      for (let time = 0; time < TIMES; time += 1) {
        const begun = performance.now();
        expect((await askUnruly(gateway.url, input)).status).toBe(status);
        elapsed.push(performance.now() - begun);
      }
      const cpu = ((await cpuMs()) - before) / TIMES;
      const begun = performance.now();
      await Promise.all(Array.from({ length: 10 }, async () => askUnruly(gateway.url, input)));
      const ten = performance.now() - begun;
      // What was said meanwhile is on its way.
      await sleep(500);
      const figures = { cpu, elapsed: Math.max(...elapsed), ten, gap: longestGap(heard) };
      process.stderr.write(`${JSON.stringify(figures)}\n`);
      expect(figures.cpu).toBeLessThanOrEqual(CPU_MS);
      expect(figures.elapsed).toBeLessThanOrEqual(ELAPSED_MS);
      expect(figures.ten).toBeLessThanOrEqual(TEN_MS);
      expect(figures.gap).toBeLessThanOrEqual(GAP_MS);
    },
  );

  it('a body that does not come with a right key is given up within a minute', async () => {
    const reply = await askUnruly(gateway.url, {
      ...WORKFLOWS,
      headers: KEY,
      body: '{"name":"x',
      withheldBytes: 1_000,
    });
    expect(reply.status).toBe(408);
    await reply.closed;
  }, 120_000);
});
