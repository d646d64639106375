import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyShare, spread } from '../support/busy-share.js';
import { ClusterCalls } from '../support/cluster-calls.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { EventReceiver } from '../support/event-receiver.js';
import { FeedReader } from '../support/feed-reader.js';
import { allAreHeard, longestPause } from '../support/heard.js';
import {
  acknowledgedCallbacks,
  dialledTwice,
  NewCalls,
  storedRuns,
  type StoredRun,
} from '../support/new-calls.js';
import { LONG, PATIENCE_MS, PROOFS, until } from '../support/patience.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { startSynchronousStandby, type Standby } from '../support/postgres-standby.js';
import { HAPROXY } from '../support/shipped-balancer.js';
import { postgresStore, startPostgres, type TestStore } from '../support/stores.js';

const INSTANCES = LONG ? 3 : 2;
const CALLS = LONG ? 40 : 6;
const AWAY_MS = LONG ? 20_000 : 8_000;
/** Of the callers, so many hang up while the store is away. */
const LEAVE = LONG ? 8 : 2;
/** How long new calls come before and after a failover. */
const AROUND_MS = LONG ? 15_000 : 5_000;
/** The longest pause on a stream that goes on; a busy machine is late by more. */
const PAUSE_MAX_MS = 200;

const env = { RECONCILE_AFTER_SECONDS: '10', RECONCILE_INTERVAL_SECONDS: '2' };
const available = PROOFS && HAPROXY ? await startPostgres() : null;
await available?.dispose();

(available ? describe : describe.skip)(
  `${CALLS} calls at ${INSTANCES} instances behind HAProxy, whose PostgreSQL`,
  () => {
    let server: PostgresServer;
    let standby: Standby | null;
    let line: CuttableLine;
    let store: TestStore;
    let cluster: ClusterCalls;
    const receiver = new EventReceiver();

    beforeEach(async () => {
      standby = null;
      const started = await startPostgres();
      if (!started) throw new Error('PostgreSQL was there a moment ago');
      server = started;
      line = await cuttableLine(server.port);
      store = await postgresStore(server.url());
      cluster = await ClusterCalls.start(store, {
        count: INSTANCES,
        env: { ...env, DATABASE_URL: urlAt(line.port), WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' },
      });
    });
    afterEach(async () => {
      await cluster.stop();
      await line.close();
      await store.database.close();
      await server.dispose();
      await standby?.dispose();
      await receiver.stop();
    });

    /** The store's URL, at this port. */
    function urlAt(port: number): string {
      const url = new URL(store.env['DATABASE_URL'] ?? '');
      url.port = String(port);
      return url.href;
    }

    /** Resolves when every call of the store has ended, or that takes too long. */
    async function settled(): Promise<StoredRun[]> {
      const giveUpAt = performance.now() + 2 * PATIENCE_MS;
      for (;;) {
        const runs = await storedRuns(urlAt(line.port));
        if (runs.every(({ ended }) => ended) || performance.now() > giveUpAt) return runs;
        await sleep(500);
      }
    }

    const isReady = async (): Promise<boolean> =>
      (await fetch(`${cluster.balancer.url}/health/ready`)).ok;
    /** What a user is answered who wants a call, and one who looks. */
    const asked = (): Promise<number[]> =>
      Promise.all([
        statusOf('POST', '/telephony/calls', { workflow_id: 1, to: cluster.number() }),
        statusOf('GET', '/telephony/calls'),
      ]);
    const statusOf = async (method: string, path: string, body?: object): Promise<number> =>
      (await cluster.api.request(method, path, body)).status;

    test(
      `is away for ${AWAY_MS / 1000} s: audio goes on, requests get 503, and all is settled afterwards`,
      async () => {
        await cluster.instances.explain(async () => {
          await cluster.placeMany(CALLS);
          const leave = cluster.calls.slice(0, LEAVE);
          const stay = cluster.calls.slice(LEAVE);
          const busy = busyShare();
          await server.stop('immediate');
          const from = performance.now();
          await until(async () => !(await isReady()));
          const statuses = new Map<number, number>();
          let hungUp = false;
          while (performance.now() - from < AWAY_MS) {
            for (const status of await asked()) {
              statuses.set(status, (statuses.get(status) ?? 0) + 1);
            }
            if (!hungUp && performance.now() - from > AWAY_MS / 3) {
              hungUp = true;
              for (const { call } of leave) call.hangUp();
            }
            await sleep(250);
          }
          await server.start();
          await until(isReady);
          await allAreHeard(stay);
          await sleep(2_000);
          const to = performance.now();
          const share = busy();
          const pauses = stay.flatMap(({ call }) =>
            call.streams.map((stream) => longestPause(stream, from, to)),
          );
          const shown = await cluster.shown(stay);
          const streams = stay.map(({ call }) => call.streams.length);
          for (const { call } of stay) call.hangUp();
          const runs = await settled();
          await cluster.instances.carrier.idle();
          const bySid = new Map(runs.map((run) => [run.sid, run.status]));
          process.stderr.write(
            [
              `\nstore away for ${AWAY_MS / 1000} s: ${CALLS} calls at ${INSTANCES} instances, ${LEAVE} hung up meanwhile; machine busy ${(share * 100).toFixed(0)} %`,
              `longest pause of each of the others, ms: ${spread(pauses)}; streams of a call at most ${Math.max(...streams)}`,
              `replies meanwhile: ${[...statuses].map(([status, count]) => `${status} ${count}`).join(', ')}`,
              `of ${runs.length} calls not ended ${runs.filter(({ ended }) => !ended).length}\n`,
            ].join('\n'),
          );
          expect([...statuses.keys()]).toEqual([503]);
          expect(streams).toEqual(stay.map(() => 1));
          expect(shown.map(({ status, streaming }) => [status, streaming])).toEqual(
            stay.map(() => ['answered', true]),
          );
          expect(cluster.calls.map(({ call }) => bySid.get(call.sid))).toEqual(
            cluster.calls.map(() => 'completed'),
          );
          expect(runs.filter(({ ended }) => !ended)).toEqual([]);
          if (LONG) expect(Math.max(...pauses)).toBeLessThanOrEqual(PAUSE_MAX_MS);
        });
      },
      LONG ? 600_000 : undefined,
    );

    test(
      'fails over to a synchronous standby: nothing acknowledged is lost, calls and the feed go on',
      async () => {
        await cluster.instances.explain(async () => {
          standby = await startSynchronousStandby(server);
          await cluster.placeMany(CALLS);
          const url = await receiver.start();
          await cluster.api.request('POST', '/webhook-endpoints', { url });
          const reader = new FeedReader(cluster.balancer.url);
          const traffic = new NewCalls(cluster);
          await sleep(AROUND_MS);
          const from = performance.now();
          const before = cluster.calls.map(({ call }) => call.streams.length);
          await server.stop('immediate');
          await standby.promote();
          line.lead(standby.port);
          await until(isReady);
          const tookMs = performance.now() - from;
          await sleep(AROUND_MS);
          await traffic.stop();
          const to = performance.now();
          const pauses = cluster.calls.flatMap(({ call }) =>
            call.streams.map((stream) => longestPause(stream, from, to)),
          );
          const after = cluster.calls.map(({ call }) => call.streams.length);
          await cluster.hangUpAll();
          await cluster.instances.carrier.idle();
          const runs = await settled();
          const untold = (): number[] => {
            const ended = reader.events.filter(({ call }) => call.ended_at !== null);
            const told = new Set(ended.map(({ call }) => call.workflow_run_id));
            return runs.map(({ runId }) => runId).filter((runId) => !told.has(runId));
          };
          await until(() => untold().length === 0, 'the feed has told every end');
          await reader.stop();
          const undelivered = (): number[] =>
            runs.map(({ runId }) => runId).filter((runId) => receiver.endsOf(runId).length === 0);
          await until(() => undelivered().length === 0, 'every end was delivered');
          const again = runs.filter(({ runId }) => receiver.endsOf(runId).length > 1).length;

          const known = new Map(runs.map((run) => [run.runId, run]));
          const placed = traffic.attempts.filter(({ status }) => status === 201);
          const lostRuns = placed.filter(({ runId }) => !known.has(runId ?? 0));
          const { carrier } = cluster.instances;
          const { acknowledged, lost } = acknowledgedCallbacks(carrier, runs);
          const timelines = new Set(reader.events.map(({ id }) => id.split('.')[0]));
          process.stderr.write(
            [
              `\nfailover: ${CALLS} calls at ${INSTANCES} instances; ready again after ${tookMs.toFixed(0)} ms`,
              `POSTs ${traffic.attempts.length}: 201 ${placed.length}, of those unknown afterwards ${lostRuns.length}; inbound ${traffic.inbound}`,
              `callbacks answered with success ${acknowledged}, of those lost ${lost.length}`,
              `longest pause of each call, ms: ${spread(pauses)}; another stream for ${after.filter((count, nth) => count !== before[nth]).length}`,
              `feed: ${reader.events.length} events of ${runs.length} calls, ${reader.losses} losses, timelines ${[...timelines].join(' ')}; not ended ${runs.filter(({ ended }) => !ended).length}`,
              `ends delivered ${runs.length}, of those more than once ${again}\n`,
            ].join('\n'),
          );
          expect({ lostRuns, lost, twice: dialledTwice(carrier) }).toEqual({
            lostRuns: [],
            lost: [],
            twice: [],
          });
          expect(after).toEqual(before);
          expect(runs.filter(({ ended }) => !ended)).toEqual([]);
          expect(timelines.size).toBe(2);
          if (LONG) expect(Math.max(...pauses)).toBeLessThanOrEqual(PAUSE_MAX_MS);
        });
      },
      LONG ? 600_000 : undefined,
    );
  },
);
