import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUSY_FOR_A_VERDICT, busyShare, percentile, spread } from '../support/busy-share.js';
import { ClusterCalls, type LiveCall } from '../support/cluster-calls.js';
import { framesOfOlderAgents, passages } from '../support/heard.js';
import {
  acknowledgedCallbacks,
  dialledTwice,
  NewCalls,
  storedRuns,
  type StoredRun,
} from '../support/new-calls.js';
import { LONG, PATIENCE_MS, PROOFS } from '../support/patience.js';
import { HAPROXY } from '../support/shipped-balancer.js';
import { postgresStore, startPostgres, type TestStore } from '../support/stores.js';

const INSTANCES = 3;
const CALLS = LONG ? 40 : 6;
/** Three minutes of them. */
const KILLS = LONG ? 18 : 2;
const KILL_EVERY_MS = 10_000;
/** A program that starts uses a whole core, which here the instances that take over have to share. */
const STARTED_AFTER_MS = 2_000;
const AWAY_MS = LONG ? 20_000 : 12_000;
/** Longer than a lease, and than it is waited after an outage before anybody takes over. */
const WATCHED_AFTER_MS = 15_000;
const LIMITS_MS = { asks: 1_000, never: 9_000 };

const server = PROOFS && HAPROXY ? await startPostgres() : null;

(server ? describe : describe.skip)(
  `${CALLS} calls and new ones both ways at ${INSTANCES} instances behind HAProxy, of which one is killed every 10 s`,
  () => {
    let store: TestStore;
    let cluster: ClusterCalls;

    beforeEach(async () => {
      store = await postgresStore(server?.url() ?? '');
      cluster = await ClusterCalls.start(store, {
        count: INSTANCES,
        env: { RECONCILE_AFTER_SECONDS: '10', RECONCILE_INTERVAL_SECONDS: '2' },
      });
    });
    afterEach(async () => {
      await server?.start();
      await cluster.stop();
      await store.remove();
    });
    afterAll(() => server?.dispose());

    /** Kills one after another, each of which is started again a moment later. */
    async function kill(times: number): Promise<void> {
      for (let nth = 0; nth < times; nth += 1) {
        const next = sleep(KILL_EVERY_MS);
        const victim = cluster.instances.at(nth % INSTANCES);
        await victim.kill();
        await sleep(STARTED_AFTER_MS);
        await victim.start();
        await next;
      }
      await cluster.allAreHeard();
    }

    /** All calls end; resolves when the store has that of each. */
    async function end(traffic: NewCalls): Promise<StoredRun[]> {
      await traffic.stop();
      const reasons = await cluster.hangUpAll();
      expect(reasons).toEqual(cluster.calls.map(() => 'caller_hangup'));
      await cluster.instances.carrier.idle();
      const giveUpAt = performance.now() + 3 * PATIENCE_MS;
      for (;;) {
        const runs = await storedRuns(store.env['DATABASE_URL'] ?? '');
        if (runs.every(({ ended }) => ended) || performance.now() > giveUpAt) return runs;
        await sleep(500);
      }
    }

    /** Holds the store against what the carrier and the users of our API know. */
    function judge(
      name: string,
      runs: readonly StoredRun[],
      traffic: NewCalls,
      { kills, share }: { kills: number; share: number },
    ) {
      const { carrier } = cluster.instances;
      const { attempts } = traffic;
      const known = new Map(runs.map((run) => [run.runId, run]));
      const bySid = new Map(runs.map((run) => [run.sid, run]));
      const placed = attempts.filter(({ status }) => status === 201);
      const lostRuns = placed.filter(({ runId }) => !known.has(runId ?? 0));
      const { acknowledged, lost } = acknowledgedCallbacks(carrier, runs);
      const twice = dialledTwice(carrier);
      const stuck = runs.filter(({ ended }) => !ended);
      const wrong = carrier.calls.filter((call) => {
        const run = bySid.get(call.sid);
        return run !== undefined && run.status !== call.status;
      });
      const unknown = carrier.calls.filter(({ sid }) => !bySid.has(sid));
      const asks = gapsOf(cluster.calls, true);
      const never = gapsOf(cluster.calls, false);
      const olderFrames = cluster.calls.reduce((n, { call }) => n + framesOfOlderAgents(call), 0);
      process.stderr.write(
        [
          `\n${name}: ${kills} kills of ${INSTANCES} instances under ${CALLS} calls; machine busy ${(share * 100).toFixed(0)} %`,
          `POSTs ${attempts.length}: 201 ${placed.length}, ${others(attempts.map(({ status }) => status))}; of the 201 ${lostRuns.length} unknown`,
          `inbound ${traffic.inbound}; calls at the carrier ${carrier.calls.length}, of which the store does not know ${unknown.length}`,
          `callbacks answered with success ${acknowledged}, of those lost ${lost.length}`,
          `dialled twice ${twice.length}, not ended ${stuck.length}, another end than the carrier's ${wrong.length}`,
          `gap in ms beyond the carrier's delay, where it asks: ${spread(asks)}; where it never asks: ${spread(never)}`,
          `frames of an older agent ${olderFrames}\n`,
        ].join('\n'),
      );
      expect({ lostRuns, lost, twice, stuck, olderFrames }).toEqual({
        lostRuns: [],
        lost: [],
        twice: [],
        stuck: [],
        olderFrames: 0,
      });
      expect(wrong.map(({ sid, status }) => [sid, status, bySid.get(sid)?.status])).toEqual([]);
      expect(asks.length + never.length).toBeGreaterThan(0);
      if (LONG) {
        // A machine that is busier makes pauses longer: of most of them the limit holds all the same.
        const most = share > BUSY_FOR_A_VERDICT ? 0.5 : 1;
        expect(percentile(asks, most)).toBeLessThanOrEqual(LIMITS_MS.asks);
        expect(Math.max(...never)).toBeLessThanOrEqual(LIMITS_MS.never);
      }
    }

    test(
      'nothing acknowledged is lost, nobody is called twice, and every call goes on',
      async () => {
        await cluster.instances.explain(async () => {
          await cluster.placeMany(CALLS);
          const busy = busyShare();
          const traffic = new NewCalls(cluster);
          await kill(KILLS);
          const share = busy();
          expect(statusesOf(cluster.calls)).toEqual(cluster.calls.map(() => 'in-progress'));
          const runs = await end(traffic);
          judge('crashes', runs, traffic, { kills: KILLS, share });
        });
      },
      LONG ? 900_000 : undefined,
    );

    test(
      'PostgreSQL is away meanwhile, and nobody’s call is taken over',
      async () => {
        await cluster.instances.explain(async () => {
          const kills = LONG ? 3 : 1;
          await cluster.placeMany(CALLS);
          const busy = busyShare();
          const traffic = new NewCalls(cluster);
          await kill(kills);
          const streams = cluster.calls.map(({ call }) => call.streams.length);
          await server?.stop('immediate');
          await sleep(AWAY_MS);
          await server?.start();
          await sleep(WATCHED_AFTER_MS);
          expect(cluster.calls.map(({ call }) => call.streams.length)).toEqual(streams);
          expect(cluster.calls.every(({ call }) => call.stream?.open)).toBe(true);
          // From now on others take over again.
          await kill(kills);
          const share = busy();
          const runs = await end(traffic);
          const name = `crashes, PostgreSQL away for ${AWAY_MS / 1000} s`;
          judge(name, runs, traffic, { kills: 2 * kills, share });
        });
      },
      LONG ? 900_000 : undefined,
    );
  },
);

const statusesOf = (calls: readonly LiveCall[]): string[] => calls.map(({ call }) => call.status);

/** The pauses between streams, less what the carrier itself took to ask. */
function gapsOf(calls: readonly LiveCall[], asks: boolean): number[] {
  return calls
    .filter(({ asksAfterMs }) => (asksAfterMs !== null) === asks)
    .flatMap(({ call, asksAfterMs }) =>
      passages(call).map(({ gapMs }) => gapMs - (asksAfterMs ?? 0)),
    );
}

/** How often each status came that is not 201. */
function others(statuses: ReadonlyArray<number | null>): string {
  const counts = new Map<string, number>();
  for (const status of statuses) {
    if (status === 201) continue;
    const name = String(status ?? 'no answer');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing else';
}
