import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type CallJson } from '../support/api.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { startOwnPostgres, type PostgresServer } from '../support/postgres-server.js';
import { expectQuick, LONG, until } from '../support/patience.js';

const DOWN_MS = LONG ? 20_000 : 4_000;
const BEFORE_AND_AFTER_MS = 2_000;
const EVERY_MS = 100;
/** More at a time are not sent, or a busy machine would never be through with them. */
const AT_ONCE_MAX = 20;
/** A carrier's own limit is 15 s; ours is that nothing waits longer than 3 s, plus a busy machine. */
const REPLY_MS = 3_500;

interface Attempt {
  to: string;
  status: number;
  tookMs: number;
  body: CallJson;
  at: number;
}

const available = await startOwnPostgres().then(
  (server) => server,
  (error: unknown) => {
    if (process.env['REQUIRE_POSTGRES'] === '1') throw error;
    process.stderr.write(`PostgreSQL is not available: ${String(error)}\n`);
    return null;
  },
);

(available ? describe : describe.skip)('PostgreSQL stopped under load', () => {
  const postgres = available as PostgresServer;
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({
      env: {
        DATABASE_URL: postgres.url(),
        RECONCILE_AFTER_SECONDS: '1',
        RECONCILE_INTERVAL_SECONDS: '1',
        STREAM_GRACE_SECONDS: '2',
      },
      carrier: { behaviour: { ringMs: 200, hangUpAfterMs: 1_000 } },
    });
    api = new Api(gateway);
  });
  afterAll(async () => {
    await gateway.stop();
    await postgres.dispose();
  });

  it('answers 503 and nothing wrong, and recovers by itself', async () => {
    const attempts: Promise<Attempt>[] = [];
    const placed: number[] = [];
    let refusals = 0;
    let underWay = 0;
    const load = setInterval(() => {
      if (underWay >= AT_ONCE_MAX) return;
      underWay += 1;
      const attempt = place(api, attempts.length).finally(() => (underWay -= 1));
      attempts.push(attempt);
      void attempt.then(({ status, at }) => {
        if (status === 201) placed.push(at);
        else refusals += 1;
      });
    }, EVERY_MS);
    let [downAt, upAt] = [0, 0];
    try {
      await until(() => placed.length > 10);
      await postgres.stop('immediate');
      downAt = performance.now();
      await sleep(DOWN_MS);
      await until(() => refusals > 12);
      upAt = performance.now();
      await postgres.start();
      // Without a restart of ours.
      await until(() => (placed.at(-1) ?? 0) > upAt, 'calls are placed again');
      await sleep(BEFORE_AND_AFTER_MS);
    } finally {
      clearInterval(load);
    }

    const results = await Promise.all(attempts);
    // On a busy machine the last ones under load may have been too many.
    let further = attempts.length;
    results.push(await until(async () => unlessRefused(await place(api, further++))));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set([201, 503]));
    expectQuick(Math.max(...results.map(({ tookMs }) => tookMs)), REPLY_MS + 5_000);
    const refused = results.filter(({ at, tookMs }) => at > downAt + 500 && at + tookMs < upAt);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expectQuick(Math.max(...refused.map(({ tookMs }) => tookMs)), REPLY_MS);
    expect(results.at(-1)?.status).toBe(201);

    const acknowledged = results.filter(({ status }) => status === 201);
    for (const { to, body } of acknowledged) {
      const run = await api.until(body.workflow_run_id, (one) => one.ended_at !== null, 90_000);
      const { status, provider_call_id: sid, end_reason: reason } = run;
      const calls = gateway.carrier.calls.filter((call) => call.to === to);
      // Of a dial whose outcome could not be written down it is said that it is not known.
      const told = reason === 'unknown' ? [] : [{ sid, status }];
      expect({ reason, calls: told }).toEqual({
        reason,
        calls: calls.map((call) => ({ sid: call.sid, status: call.status })),
      });
      if (reason === 'unknown') expect(status).toBe('failed');
    }
  }, 240_000);
});

function unlessRefused(attempt: Attempt): Attempt | null {
  return attempt.status === 503 ? null : attempt;
}

async function place(api: Api, index: number): Promise<Attempt> {
  const at = performance.now();
  const to = `+1202555${2000 + index}`;
  const { status, body } = await api.request<CallJson>('POST', '/telephony/calls', {
    workflow_id: 1,
    to,
    ring_timeout_seconds: 5,
  });
  return { to, status, body, at, tookMs: performance.now() - at };
}
