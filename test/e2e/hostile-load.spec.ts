import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MediaStream } from '../../tools/carrier/media/media-stream.js';
import type { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { Api } from '../support/api.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { ANSWER, STATUS_CALLBACK } from '../support/signed-request.js';
import { sqliteStores, type TestStore } from '../support/stores.js';

const LONG = process.env['LONG_TESTS'] === '1';
/** Of a quiet machine. */
const CPU_MS = 15;
const ELAPSED_MS = 50;
const TEN_AT_ONCE_MS = 500;
const GAP_MS = 60;
const TIMES = 10;
const STRANGE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';

interface Hostile {
  what: string;
  path: (runId: number) => string;
  body: string;
  status: number;
}

const filled = (bytes: number, piece: (at: number) => string): string => {
  let body = '';
  for (let at = 0; body.length < bytes; at++) body += piece(at);
  return body.slice(0, bytes);
};
const callback = (runId: number) => `${STATUS_CALLBACK}/${runId}`;
const letters = (at: number) => at.toString(36).padStart(3, 'a');

const INPUTS: readonly Hostile[] = [
  {
    what: '256 KiB of one name with many values, to a status callback',
    path: callback,
    body: filled(256 * 1024, (at) => `=${letters(at)}&`),
    status: 413,
  },
  {
    what: '256 KiB of one name with many values, to the answer URL',
    path: () => ANSWER,
    body: filled(256 * 1024, (at) => `=${letters(at)}&`),
    status: 413,
  },
  {
    what: '256 KiB of many names',
    path: callback,
    body: filled(256 * 1024, (at) => `${letters(at)}&`),
    status: 413,
  },
  {
    what: '64 KiB of many names',
    path: callback,
    body: filled(64 * 1024, (at) => `${letters(at)}&`),
    status: 413,
  },
  {
    what: 'the most that is read: 64 KiB in 1,000 fields, all escaped',
    path: callback,
    body: Array.from({ length: 1_000 }, (_, at) => `${letters(at)}=${'%41'.repeat(20)}`).join('&'),
    status: 403,
  },
  {
    what: 'the same in bytes that are no UTF-8',
    path: callback,
    body: Array.from({ length: 1_000 }, (_, at) => `${letters(at)}=${'%FF'.repeat(20)}`).join('&'),
    status: 403,
  },
  {
    what: 'a query of a thousand fields',
    path: () =>
      `${ANSWER}?${filled(12_000, (at) => `${letters(at)}=${at}&`)
        .split('&', 999)
        .join('&')}`,
    body: '',
    status: 403,
  },
  { what: 'a path of nobody’s', path: () => '/voice', body: 'a=b', status: 403 },
];

(LONG ? describe : describe.skip)('strangers beside a live call', () => {
  let store: TestStore;
  let gateway: KillableGateway;
  let carrier: SimulatedCarrier;
  let stream: MediaStream;
  let runId: number;

  beforeAll(async () => {
    store = await sqliteStores.create();
    await store.database.close();
    ({ gateway, carrier } = await KillableGateway.besideCarrier(store));
    await gateway.start();
    const call = await new Api(gateway).place({ to: THEIR_NUMBER });
    runId = call.workflow_run_id;
    const simulated = await carrier.waitForCall((one) => one.sid === call.provider_call_id);
    stream = await simulated.streamStarted;
    await sleep(3_000);
  }, 60_000);
  afterAll(async () => {
    // At once: a stop would wait for the call.
    await gateway?.kill();
    await carrier?.stop();
    await store?.remove();
  });

  /** The longest time between two messages of audio from then on, by the carrier's clock. */
  const gapSince = (messages: number): number => {
    const times = stream.recording.arrivals.slice(Math.max(0, messages - 1));
    return Math.max(...times.slice(1).map((time, at) => time - (times[at] ?? 0)));
  };
  const heardSoFar = () => stream.recording.arrivals.length;

  it('the call alone, for comparison', async () => {
    const before = heardSoFar();
    const cpu = cpuMsOf(gateway.pid);
    await sleep(3_000);
    const spent = cpuMsOf(gateway.pid) - cpu;
    console.info(`alone: gap ${round(gapSince(before))} ms, CPU ${round(spent / 3)} ms a second`);
    expect(heardSoFar() - before).toBeGreaterThan(50);
  });

  it.each(INPUTS)('$what: $status, cheaply', async (hostile) => {
    const send = () => post(gateway.url, { target: hostile.path(runId), body: hostile.body });
    // Compiled code is not what is measured.
    for (let warm = 0; warm < 5; warm++) await send();

    const before = heardSoFar();
    const elapsed: number[] = [];
    const cpu = cpuMsOf(gateway.pid);
    const begun = performance.now();
    for (let time = 0; time < TIMES; time++) {
      const { status, ms } = await send();
      expect(status).toBe(hostile.status);
      elapsed.push(ms);
    }
    const cpuEach = (cpuMsOf(gateway.pid) - cpu) / TIMES;
    const one = performance.now() - begun;

    const tenBegun = performance.now();
    const ten = await Promise.all(Array.from({ length: 10 }, send));
    const tenMs = performance.now() - tenBegun;
    expect(new Set(ten.map(({ status }) => status))).toEqual(new Set([hostile.status]));
    await sleep(500);
    const gap = gapSince(before);

    console.info(
      `${hostile.what}: CPU ${round(cpuEach)} ms each (the call's included), ` +
        `elapsed ${round(one / TIMES)} ms, at most ${round(Math.max(...elapsed))} ms; ` +
        `ten at once ${round(tenMs)} ms; gap ${round(gap)} ms`,
    );
    expect(cpuEach).toBeLessThanOrEqual(CPU_MS);
    expect(Math.max(...elapsed)).toBeLessThanOrEqual(ELAPSED_MS);
    expect(tenMs).toBeLessThanOrEqual(TEN_AT_ONCE_MS);
    expect(gap).toBeLessThanOrEqual(GAP_MS);
  });
});

const round = (ms: number): number => Math.round(ms * 10) / 10;

/** What all threads of a process have run, by the scheduler of Linux. */
function cpuMsOf(pid: number | null): number {
  const tasks = `/proc/${pid}/task`;
  const nanos = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ', 1)[0]),
  );
  return nanos.reduce((sum, one) => sum + one, 0) / 1e6;
}

const agent = new Agent({ keepAlive: true });

function post(
  origin: string,
  { target, body }: { target: string; body: string },
): Promise<{ status: number; ms: number }> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}${target}`, {
      method: 'POST',
      agent,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': Buffer.byteLength(body),
        'X-Twilio-Signature': STRANGE,
      },
    });
    asked.on('response', (reply) => {
      reply.resume();
      reply.on('end', () =>
        resolve({ status: reply.statusCode ?? 0, ms: performance.now() - begun }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
