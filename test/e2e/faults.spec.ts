import { afterAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import { Api, type CallJson } from '../support/api.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { LONG, PATIENCE_MS } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';
import { postgresStores, sqliteStores, type StoreSource } from '../support/stores.js';

const CALLS = LONG ? 200 : 12;
const KILLS = LONG ? 40 : 2;
const RING_SECONDS = 5;
/** A dial that was lost between two steps is believed lost only after ringing and a minute. */
const SETTLED_WITHIN_MS = (RING_SECONDS + 60) * 1_000 + PATIENCE_MS;

/** What Twilio calls a status, as ours. */
const OURS: Record<string, string> = { 'in-progress': 'answered' };

/** Every call its own number: between two lost dials to one number nobody can tell. */
const numberOf = (index: number): string => `+1202555${1000 + index}`;
const ENDINGS: Record<number, CallBehaviour> = {
  1: { outcome: 'busy' },
  2: { outcome: 'no-answer', ringMs: 300 },
  3: { outcome: 'failed' },
};

const postgres = await postgresStores();
const sources: Array<[string, StoreSource | null]> = [
  ['SQLite', sqliteStores],
  ['PostgreSQL', postgres],
];

describe.each(sources)('killed at random points, on %s', (_name, source) => {
  afterAll(() => source?.dispose());

  (source ? it : it.skip)(
    `keeps every acknowledged callback, dials nobody twice and ends every call right: ${CALLS} calls, ${KILLS} kills`,
    async () => {
      const store = await source!.create();
      await store.database.close();
      const { gateway, carrier } = await KillableGateway.besideCarrier(store, {
        carrier: {
          behaviour: {
            ringMs: 150,
            hangUpAfterMs: 1_200,
            callbacks: { doubled: 0.3, delayMs: [0, 300] },
          },
          behaviours: Object.fromEntries(
            Array.from({ length: CALLS }, (_, index) => [
              numberOf(index),
              ENDINGS[index % 10] ?? {},
            ]),
          ),
        },
        env: {
          DRAIN_TIMEOUT_SECONDS: '0',
          STREAM_GRACE_SECONDS: '1',
          RECONCILE_AFTER_SECONDS: '1',
          RECONCILE_INTERVAL_SECONDS: '1',
          API_REQUESTS_PER_MINUTE: '1000000',
        },
      });
      const api = new Api(gateway);
      try {
        await gateway.start();
        const killing = killNowAndThen(gateway);
        const runIds = await Promise.all(
          Array.from({ length: CALLS }, async (_, index) => {
            await sleep(index * (LONG ? 150 : 200));
            return placeSurely(api, numberOf(index));
          }),
        );
        await killing;
        await carrier.idle();
        const runs = await settled(api, runIds);
        judge(runs, carrier.calls);
      } finally {
        await gateway.stop();
        await carrier.stop();
        await store.remove();
      }
    },
    LONG ? 900_000 : 400_000,
  );
});

async function killNowAndThen(gateway: KillableGateway): Promise<void> {
  const random = seededRandom();
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(random.between(100, LONG ? 1_000 : 800));
    await gateway.kill();
    await gateway.start();
  }
}

/** As a careful client does it: the same key until there is an answer. */
async function placeSurely(api: Api, to: string): Promise<number> {
  const key = randomUUID();
  for (;;) {
    try {
      const { status, body } = await api.request<CallJson>(
        'POST',
        '/telephony/calls',
        { workflow_id: 1, to, ring_timeout_seconds: RING_SECONDS },
        { 'idempotency-key': key },
      );
      // A refused call has its run too, and the same key leads to it.
      if (status === 200 || status === 201 || status === 502) return body.workflow_run_id;
      if (status !== 409 && status !== 503) throw new Error(`unexpected ${status}`);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('unexpected')) throw error;
    }
    await sleep(50);
  }
}

async function settled(api: Api, runIds: number[]): Promise<CallJson[]> {
  const giveUpAt = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const runs = await Promise.all(runIds.map((runId) => api.call(runId)));
    const ended = runs.every((run) => typeof run.ended_at === 'string');
    if (ended || Date.now() > giveUpAt) return runs;
    await sleep(250);
  }
}

function judge(runs: CallJson[], calls: readonly SimulatedCall[]): void {
  expect(runs.filter((run) => typeof run.ended_at !== 'string')).toEqual([]);
  // Nobody's phone rang twice, and no call is without its run.
  const named = runs.flatMap((run) => (run.provider_call_id ? [run.provider_call_id] : []));
  expect(new Set(named).size).toBe(named.length);
  expect([...named].sort()).toEqual(calls.map((call) => call.sid).sort());

  for (const call of calls) {
    const run = runs.find((one) => one.provider_call_id === call.sid);
    expect({ sid: call.sid, status: run?.status }).toEqual({ sid: call.sid, status: call.status });
    const acknowledged = call.callbacks.filter((callback) => callback.status === 204);
    for (const callback of acknowledged) {
      const fields = new Map(callback.fields);
      const status = fields.get('CallStatus') ?? '';
      expect(run?.events).toContainEqual(
        expect.objectContaining({
          source: 'status-callback',
          status: OURS[status] ?? status,
          sequence: Number(fields.get('SequenceNumber')),
        }),
      );
    }
  }
}
