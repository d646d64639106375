import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import type { Request, Response } from 'express';
import { StreamCalls } from '../../src/api/calls/stream-calls.js';
import { CallFeed } from '../../src/calls/ledger/call-feed.js';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { CallList } from '../../src/calls/ledger/call-list.js';
import { cursorOfId } from '../../src/calls/ledger/feed-place.js';
import { FeedReader } from '../../src/calls/ledger/feed-reader.js';
import { FeedTimeline } from '../../src/calls/ledger/feed-timeline.js';
import { LiveSessions } from '../../src/calls/streams/live-sessions.js';
import { Whereabouts } from '../../src/calls/streams/whereabouts.js';
import { SystemClock } from '../../src/shared/clock.js';
import type { Credentials } from '../../src/tenants/credentials.js';
import { clusterMember, type ClusterMember } from '../support/cluster-bench.js';
import {
  ledgerBench,
  SilentLog,
  statusCallback,
  type LedgerBench,
} from '../support/ledger-builders.js';
import { LONG, PATIENCE_MS, until } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const INSTANCES = 3;
const RUNS = 12;
const CHANGES = LONG ? 10_000 : 300;
/** How many are written at a time by all together. */
const WRITERS = 6;
const LAG_P99_MS = 400;

const source = await postgresStores();
const random = seededRandom();

/** What the test needs of an instance: its ledger, and the feed as a client gets it. */
interface FeedInstance {
  member: ClusterMember;
  ledger: CallLedger;
  feed: CallFeed;
  url: string;
  stop(): Promise<void>;
}

/** A call as the feed told it: how often it had been changed, and when that was. */
interface Told {
  runId: number;
  count: number;
  at: number;
}

(source ? describe : describe.skip)('the feed of several instances', () => {
  let store: TestStore;
  let bench: LedgerBench;
  let instances: FeedInstance[];

  beforeEach(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    bench = await ledgerBench(store.database);
    instances = [];
    for (let index = 0; index < INSTANCES; index += 1) {
      instances.push(await startInstance(store, bench.userId));
    }
    for (const { member } of instances) member.cluster.announce();
    await until(() => instances.every(({ member }) => !member.cluster.isAlone));
  });
  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await store.remove();
  });
  afterAll(() => source?.dispose());

  const any = (): FeedInstance => {
    const one = instances[random.between(0, INSTANCES - 1)];
    if (!one) throw new Error('no instance');
    return one;
  };

  /** Changes calls at random instances, and returns how often each was changed. */
  const change = async (runIds: readonly number[], times: number): Promise<Map<number, number>> => {
    const counts = new Map<number, number>();
    let left = times;
    const writer = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const runId = runIds[random.between(0, runIds.length - 1)] ?? 0;
        const count = await any().ledger.change({ runId }, (draft) => {
          const next = Number(draft?.run.facts['count'] ?? 0) + 1;
          draft?.change({ facts: { count: next, at: Date.now() } });
          return next;
        });
        counts.set(runId, Math.max(counts.get(runId) ?? 0, count));
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
    return counts;
  };

  test(
    `a reader that hops between them over ${CHANGES} changes misses none, and hears of each call in order`,
    async () => {
      const runIds: number[] = [];
      for (let index = 0; index < RUNS; index += 1) runIds.push((await bench.run()).runId);
      const heard = new Map<number, number>();
      const lags: number[] = [];
      const state = { lastId: '', isOver: false, hops: 0 };
      const reading = (async (): Promise<void> => {
        while (!state.isOver) {
          let left = random.between(1, 40);
          state.hops += 1;
          const connectedAt = Date.now();
          await read(any().url, state, ({ runId, count, at }) => {
            // What is told again after a hop is the same or newer, never older.
            expect(count).toBeGreaterThanOrEqual(heard.get(runId) ?? 0);
            heard.set(runId, count);
            if (at > connectedAt) lags.push(Date.now() - at);
            return (left -= 1) > 0 && !state.isOver;
          });
        }
      })();
      // The reader is there before the first change.
      await until(() => state.hops > 0);
      const expected = await change(runIds, CHANGES);
      await until(() =>
        [...expected].every(([runId, count]) => heard.get(runId) === count),
      ).finally(() => (state.isOver = true));
      await change(runIds, 1);
      await reading;
      lags.sort((a, b) => a - b);
      const p99 = lags[Math.floor(lags.length * 0.99)] ?? 0;
      process.stderr.write(
        `feed: ${CHANGES} changes by ${INSTANCES} instances, ${state.hops} hops, ${lags.length} told at once; lag p50 ${lags[Math.floor(lags.length / 2)] ?? 0} ms, p99 ${p99} ms\n`,
      );
      if (LONG) expect(p99).toBeLessThanOrEqual(LAG_P99_MS);
    },
    LONG ? 30 * PATIENCE_MS : 3 * PATIENCE_MS,
  );

  test('what is committed while the connection that listens is down is told all the same', async () => {
    const { runId } = await bench.run();
    const [writer, other] = instances;
    if (!writer || !other) throw new Error('no instances');
    const told: unknown[] = [];
    other.feed.subscribe((run) => told.push(run.facts['count']));
    for (let round = 1; round <= 3; round += 1) {
      await store.database.read((db) =>
        sql`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'patchbay bus' and datname = current_database()`.execute(db),
      );
      await writer.ledger.change({ runId }, (draft) => draft?.change({ facts: { count: round } }));
      await until(() => told.at(-1) === round);
    }
  });

  test('an instance asks for what others commit more often only while it has a reader', async () => {
    const { runId } = await bench.run();
    const [writer, other] = instances;
    if (!writer || !other) throw new Error('no instances');
    const heard: boolean[] = [];
    other.member.bus.onNudge('feed', () => heard.push(other.feed.isAwaited));
    /** Commits until a nudge was heard, with a reader or without. */
    const nudged = (withReader: boolean) =>
      until(async () => {
        await writer.ledger.change({ runId }, (draft) => draft?.change({ facts: { at: 1 } }));
        return heard.at(-1) === withReader;
      });
    await nudged(false);
    const state = { isOver: false };
    const reading = read(other.url, { lastId: '' }, () => !state.isOver);
    await nudged(true);
    state.isOver = true;
    await nudged(false);
    await reading;
    expect(heard[0]).toBe(false);
  });

  test('a commit counts as the beginning and the end of a call where it was made, and once', async () => {
    const seen: Array<[number, boolean, boolean]> = [];
    for (const [index, { feed }] of instances.entries()) {
      feed.onCommit(({ began, ended }) => seen.push([index, began, ended]));
    }
    const made = await instances[0]?.ledger.create(bench.request());
    if (made?.kind !== 'created') throw new Error('no run');
    const { runId } = made.run;
    await instances[1]?.ledger.change({ runId }, (draft) => draft?.change({ facts: { a: 1 } }));
    await instances[2]?.ledger.change({ runId }, (draft) =>
      draft?.record(statusCallback('completed', 4)),
    );
    await instances[0]?.ledger.change({ runId }, (draft) => draft?.change({ facts: { a: 2 } }));
    expect(seen).toEqual([
      [0, true, false],
      [1, false, false],
      [2, false, true],
      [0, false, false],
    ]);
  });
});

async function startInstance(store: TestStore, userId: number): Promise<FeedInstance> {
  const member = await clusterMember(store.env['DATABASE_URL'] ?? '', 'api');
  const { database, bus, cluster, instance } = member;
  const log = new SilentLog();
  const feed = new CallFeed();
  const calls = new CallList(database);
  const timeline = new FeedTimeline(database, feed, log);
  const reader = new FeedReader(database, calls, timeline, feed, bus, cluster, log);
  const ledger = new CallLedger(database, feed, new SystemClock(), { silenceMs: 60_000 });
  const whereabouts = new Whereabouts(new LiveSessions(), cluster, instance);
  const credentials = { identify: () => Promise.resolve({}) } as unknown as Credentials;
  const stream = new StreamCalls(feed, timeline, calls, whereabouts, credentials);
  await timeline.onModuleInit();
  await reader.onModuleInit();
  stream.onModuleInit();
  const server: Server = createServer((request, response) => {
    const last = request.headers['last-event-id'];
    const after = last === undefined ? null : cursorOfId(String(last));
    stream.open(userId, after, request as Request, response as Response).catch(() => {
      response.writeHead(503).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    member,
    ledger,
    feed,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      stream.beforeApplicationShutdown();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await reader.beforeApplicationShutdown();
      await timeline.beforeApplicationShutdown();
      await ledger.drained();
      await member.stop();
    },
  };
}

/** Reads from where the reader was until `take` has enough. */
async function read(
  url: string,
  state: { lastId: string },
  take: (told: Told) => boolean,
): Promise<void> {
  const abort = new AbortController();
  const headers =
    state.lastId === '' ? { 'last-event-id': '0.0' } : { 'last-event-id': state.lastId };
  const response = await fetch(url, { headers, signal: abort.signal });
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const match = /^event: call\nid: (\S+)\ndata: (.*)$/m.exec(block);
        if (!match) continue;
        state.lastId = match[1] ?? '';
        const call = JSON.parse(match[2] ?? '') as {
          workflow_run_id: number;
          facts: { count?: number; at?: number };
        };
        const { count = 0, at = 0 } = call.facts;
        if (!take({ runId: call.workflow_run_id, count, at })) return;
      }
    }
  } finally {
    abort.abort();
  }
}
