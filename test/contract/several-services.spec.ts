import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Api } from '../support/api.js';
import { callStory, type Told } from '../support/call-stories.js';
import { CarrierPosts, signedPost, type CarrierPost } from '../support/carrier-posts.js';
import { keysIn } from '../support/dtmf-keys.js';
import { OUR_NUMBER } from '../support/gateway.js';
import { Instances } from '../support/instances.js';
import type { KillableGateway } from '../support/killable-gateway.js';
import { LONG, PATIENCE_MS, until } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';
import { ANSWER, CarrierRequests, STATUS_CALLBACK } from '../support/signed-request.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const HISTORIES = LONG ? 10_000 : 80;
const ROUNDS = LONG ? 20 : 2;
/** Requests of the carrier that are under way at a time, to all services together. */
const AT_ONCE = LONG ? 64 : 8;
/** What so many take on a slow machine. */
const LIMIT_MS = LONG ? 60 * PATIENCE_MS : 5 * PATIENCE_MS;
/** When the calls began: recently, because a service ends calls that should be over long ago. */
const BEGUN = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;

/** The carrier's requests about some calls: those that begin them, and those that follow. */
interface Load {
  beginnings: CarrierPost[];
  rest: CarrierPost[];
}
/** How often each status was replied. */
type Replies = Record<string, number>;

const source = await postgresStores();
const random = seededRandom();

(source ? describe : describe.skip)('two services at one store', () => {
  let store: TestStore;
  let instances: Instances;
  let requests: CarrierRequests;
  let posts: CarrierPosts;

  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    instances = await Instances.start(store, {
      // Our own clocks and limits play no part.
      env: { MAX_CONCURRENT_CALLS: '100000', RECONCILE_AFTER_SECONDS: '86400' },
    });
    requests = new CarrierRequests({ url: '', carrier: instances.carrier });
    posts = new CarrierPosts();
    await new Api(instances.at(0)).request('POST', '/phone-numbers', {
      number: OUR_NUMBER,
      workflow_id: 1,
    });
  });
  afterAll(async () => {
    posts.close();
    await instances.stop();
    await store.remove();
  });
  afterAll(() => source?.dispose());

  const sidOf = (name: string): string =>
    `CA${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;

  const signed = (target: string, fields: Parameters<typeof signedPost>[1]): CarrierPost =>
    signedPost(target, fields, instances.carrier.authToken);

  const postOf = (callSid: string, told: Told): CarrierPost => {
    if (told.kind === 'machine') {
      const fields = { CallSid: callSid, AccountSid: instances.carrier.accountSid };
      return signed(STATUS_CALLBACK, Object.entries({ ...fields, AnsweredBy: 'human' }));
    }
    const { status, sequence, seconds, durationSeconds } = told;
    const time = new Date(BEGUN + seconds * 1_000).toUTCString().replace('GMT', '+0000');
    const word = status === 'answered' ? 'in-progress' : status;
    return signed(
      STATUS_CALLBACK,
      requests.event(callSid, word, sequence, {
        Timestamp: time,
        ...(durationSeconds === null ? {} : { CallDuration: String(durationSeconds) }),
      }),
    );
  };

  const loadOf = (stories: readonly Told[][], prefix: string): Load => {
    const beginnings: CarrierPost[] = [];
    const rest: CarrierPost[] = [];
    for (const [index, story] of stories.entries()) {
      const callSid = sidOf(`${prefix}-${index}`);
      const ask = signed(ANSWER, requests.inboundFields(callSid));
      beginnings.push(ask);
      // The carrier asks again, in parallel and later.
      if (index % 4 === 0) beginnings.push(ask);
      if (index % 5 === 0) rest.push(ask);
      for (const told of story) rest.push(postOf(callSid, told));
    }
    return { beginnings: random.shuffled(beginnings), rest: random.shuffled(rest) };
  };

  /** Each request by one of the services, drawn at random; every eighth to two of them at the same time. */
  const carryOut = async (by: readonly KillableGateway[], load: Load): Promise<Replies> => {
    const replies: Replies = {};
    const send = async (post: CarrierPost): Promise<void> => {
      const origin = by[random.between(0, by.length - 1)]?.url ?? '';
      const { status } = await posts.send(origin, post);
      replies[status] = (replies[status] ?? 0) + 1;
      if (status !== 503) return;
      // A carrier asks again, a little later.
      await sleep(random.between(100, 1_000));
      await send(post);
    };
    for (const list of [load.beginnings, load.rest]) {
      const left = list.entries();
      const worker = async (): Promise<void> => {
        for (const [index, post] of left) {
          await Promise.all(index % 8 === 0 ? [send(post), send(post)] : [send(post)]);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    }
    return replies;
  };

  test('keys and the word of a machine, come to one, reach the stream at the other', async () => {
    await instances.explain(async () => {
      const to = '+12025550177';
      instances.carrier.behave(to, {
        ringMs: 10,
        audio: 'silence',
        answeredBy: 'machine_start',
        machineDetectionMs: 4_000,
      });
      const api = new Api(instances.at(0));
      const waits = {
        start: 'wait',
        steps: { wait: { keys: { 1: 'wait' }, timeout_seconds: 60 } },
      };
      const made = await api.request<{ workflow_id: number }>('POST', '/workflows', {
        name: 'Waits',
        agent: 'menu',
        agent_options: waits,
        on_machine: 'hang_up',
      });
      instances.pick = () => instances.at(1);
      const { workflow_run_id: runId } = await api.place({
        to,
        workflow_id: made.body.workflow_id,
        machine_detection: 'enable',
      });
      const call = await instances.carrier.waitForCall((one) => one.to === to);
      await call.streamStarted;
      await api.until(runId, ({ streaming }) => streaming);
      instances.pick = () => instances.at(0);
      const pressed = await api.request('POST', `/telephony/calls/${runId}/digits`, {
        digits: '42',
      });
      expect(pressed.status).toBe(202);
      await until(() => keysIn(call.heardAudio) === '42', 'the keys are heard');
      await call.ended;
      const over = await api.until(runId, (one) => one.ended_at !== null);
      expect(over).toMatchObject({ end_reason: 'agent_hangup', answered_by: 'machine_start' });
      const told = over.events.filter(({ type }) => type === 'digits');
      expect(told.map(({ detail }) => detail)).toEqual([{ by: 'api', count: 2, outcome: 'sent' }]);
    });
  });

  (LONG ? test : test.skip)(
    'each is addressed, killed, stopped and started again, and the carrier reaches those that run',
    async () => {
      await instances.explain(async () => {
        const [one, other] = [instances.at(0), instances.at(1)];
        await one.kill();
        expect([one.isRunning, other.isRunning]).toEqual([false, true]);
        const call = instances.carrier.callIn({ behaviour: { hangUpAfterMs: 300 } });
        const run = await new Api(other).until(1, ({ status }) => status === 'completed');
        expect(run.provider_call_id).toBe(call.sid);
        await one.start();
        expect(await other.stop()).toBe(0);
        expect(await new Api(one).call(1)).toEqual(run);
        expect(other.lastWords()).toContain('service.draining');
        await other.start();
        expect(instances.carrier.violations).toEqual([]);
      });
    },
  );

  test(
    `${HISTORIES} histories, split between them at random, end in the rows that one writes`,
    () =>
      instances.explain(async () => {
        const alone = { name: 'alone', by: [instances.at(0)], replies: {} as Replies, ms: 0 };
        const both = { name: 'both', by: instances.all, replies: {} as Replies, ms: 0 };
        const calls: Record<string, string[]> = { alone: [], both: [] };
        let sent = 0;
        // In turns, so that neither has the emptier tables, or the quieter machine.
        for (let round = 0; round < ROUNDS; round += 1) {
          const stories = Array.from({ length: HISTORIES / ROUNDS }, (_, index) =>
            callStory(random, index),
          );
          for (const side of round % 2 === 0 ? [alone, both] : [both, alone]) {
            const prefix = `${side.name}-${round}`;
            const load = loadOf(stories, prefix);
            calls[side.name]?.push(...stories.map((_, index) => sidOf(`${prefix}-${index}`)));
            sent += (load.beginnings.length + load.rest.length) / 2;
            const began = performance.now();
            const replies = await carryOut(side.by, load);
            side.ms += performance.now() - began;
            for (const [status, count] of Object.entries(replies)) {
              side.replies[status] = (side.replies[status] ?? 0) + count;
            }
          }
        }
        const rate = ({ ms }: { ms: number }): string => ((sent / ms) * 1_000).toFixed(0);
        process.stderr.write(
          `several services: ${HISTORIES} histories, ${sent} webhooks; one process ${rate(alone)}/s ${JSON.stringify(alone.replies)}, two ${rate(both)}/s ${JSON.stringify(both.replies)}, ratio ${(alone.ms / both.ms).toFixed(2)}\n`,
        );

        // A busy machine makes a store slow, and a carrier is told to ask again; nothing else is ever replied.
        for (const { replies } of [alone, both]) {
          if (!LONG) delete replies['503'];
          expect(Object.keys(replies).sort()).toEqual(['200', '204']);
        }
        const written = await rowsOf(store, calls['both'] ?? []);
        expect(written).toHaveLength(HISTORIES);
        expect(written).toEqual(await rowsOf(store, calls['alone'] ?? []));
        // The server counts what a connection did when it ends.
        await Promise.all(instances.all.map((instance) => instance.stop()));
        expect(await deadlocks(store)).toBe(0);
      }),
    LIMIT_MS,
  );
});

/** The rows of these calls, in this order, with their facts; but for ids, our own clock and who came first. */
async function rowsOf(store: TestStore, callSids: readonly string[]): Promise<unknown[]> {
  const { runs, events } = await store.database.read(async (db) => ({
    runs: await db.selectFrom('runs').selectAll().execute(),
    events: await db
      .selectFrom('call_events')
      .select(['run_id', 'type', 'source', 'status', 'sequence', 'dedupe_key'])
      .where('outcome', '!=', 'duplicate')
      .execute(),
  }));
  const bySid = new Map(runs.map((run) => [run.provider_call_id, run]));
  const timelines = new Map<number, string[]>();
  for (const { run_id, ...event } of events) {
    timelines.set(run_id, [...(timelines.get(run_id) ?? []), JSON.stringify(event)]);
  }
  return callSids.map((callSid) => {
    const run = bySid.get(callSid);
    if (!run) return null;
    const told = (timelines.get(run.run_id) ?? []).map((one) => one.replaceAll(callSid, 'CA'));
    return {
      ...run,
      provider_call_id: 'CA',
      run_id: 0,
      changed_xid: 0,
      position: 0,
      created_at: 0,
      updated_at: 0,
      check_at: run.check_at === null,
      told: told.sort(),
    };
  });
}

async function deadlocks(store: TestStore): Promise<number> {
  const { rows } = await store.database.read((db) =>
    sql<{ deadlocks: number }>`select deadlocks from pg_stat_database
      where datname = current_database()`.execute(db),
  );
  return rows[0]?.deadlocks ?? -1;
}
