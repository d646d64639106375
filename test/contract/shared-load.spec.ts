import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type ProblemJson } from '../support/api.js';
import { CountingReceiver } from '../support/counting-receiver.js';
import { Instances, type InstancesOptions } from '../support/instances.js';
import { LONG, PATIENCE_MS, until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';

/** Whole services under many requests at once; `npm test` has the same at single parts. */
const source = LONG ? await postgresStores() : null;
const INSTANCES = 3;
const REQUESTS = 1_000;
/** Who ask again and again while calls end. */
const WORKERS = 100;
const PER_USER = 37;
const PER_INSTANCE = 11;
const CALLS = 200;

const tell = (line: string): void => void process.stderr.write(`shared load: ${line}\n`);

(source ? describe : describe.skip)('three services on one store', () => {
  let store: TestStore;
  let instances: Instances;

  const start = async (options: InstancesOptions): Promise<void> => {
    store = await source!.create();
    const { env = {} } = options;
    instances = await Instances.start(store, {
      ...options,
      count: INSTANCES,
      env: { API_REQUESTS_PER_MINUTE: '1000000', ...env },
    });
    // Each knows of all, whose room counts.
    await until(async () => {
      const { body } = await new Api(instances.at(0)).request<{ data: Array<{ state: string }> }>(
        'GET',
        '/instances',
      );
      return body.data?.filter(({ state }) => state === 'ready').length === INSTANCES;
    });
    await sleep(3_000);
  };
  afterEach(async () => {
    await instances.stop();
    await store.remove();
  });
  afterAll(() => source?.dispose());

  const api = (nth: number): Api => new Api(instances.at(nth % INSTANCES));
  const live = (): Promise<number> =>
    store.database.read(async (db) => {
      const { count } = await db
        .selectFrom('runs')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('ended_at', 'is', null)
        .executeTakeFirstOrThrow();
      return count;
    });
  /** Looks for as long as the work goes on. */
  const mostLive = async (work: Promise<unknown>): Promise<number> => {
    const state = { isOver: false };
    const over = work.finally(() => (state.isOver = true));
    let most = 0;
    while (!state.isOver) most = Math.max(most, await live());
    await over;
    return most;
  };
  const place = async (nth: number): Promise<string> => {
    const { status, body } = await api(nth).request<Partial<ProblemJson>>(
      'POST',
      '/telephony/calls',
      { workflow_id: 1, to: `+1202555${1_000 + nth}` },
    );
    return `${status} ${body.code ?? ''}`.trim();
  };
  const race = async (): Promise<{ counts: Record<string, number>; most: number }> => {
    const work = Promise.all(Array.from({ length: REQUESTS }, (_, nth) => place(nth)));
    const most = await mostLive(work);
    const counts: Record<string, number> = {};
    for (const reply of await work) counts[reply] = (counts[reply] ?? 0) + 1;
    return { counts, most };
  };

  test(
    `of ${REQUESTS} racing requests as many are taken as the user's limit allows, also while calls end`,
    async () => {
      await start({ env: { MAX_CONCURRENT_CALLS_PER_USER: String(PER_USER) } });
      await instances.explain(async () => {
        const { counts, most } = await race();
        tell(`limit ${PER_USER} of a user: ${JSON.stringify(counts)}, at most ${most} live`);
        expect(counts).toEqual({
          '201': PER_USER,
          '429 concurrency_limit': REQUESTS - PER_USER,
        });
        expect([most, instances.carrier.calls.length]).toEqual([PER_USER, PER_USER]);
        // These end by themselves, so that there is room again and again.
        for (const call of instances.carrier.calls) call.hangUp();
        await until(async () => (await live()) === 0);
        for (let nth = 0; nth < REQUESTS; nth += 1) {
          instances.carrier.behave(`+1202555${1_000 + nth}`, {
            ringMs: 20,
            hangUpAfterMs: 100,
          });
        }
        const again: Record<string, number> = {};
        const worker = async (nth: number): Promise<void> => {
          for (let round = 0; (again['201'] ?? 0) < 3 * PER_USER; round += WORKERS) {
            const reply = await place((nth + round) % REQUESTS);
            again[reply] = (again[reply] ?? 0) + 1;
          }
        };
        const work = Promise.all(Array.from({ length: WORKERS }, (_, nth) => worker(nth)));
        const mostAgain = await mostLive(work);
        tell(`while calls end: ${JSON.stringify(again)}, at most ${mostAgain} live`);
        expect(mostAgain).toBeLessThanOrEqual(PER_USER);
        // On a machine that is too busy, one that waits for its turn longer than the store's
        // deadline is refused with 503, and may be tried again.
        const refused = ['429 concurrency_limit', '503 store_unavailable'];
        for (const reply of Object.keys(again)) expect(['201', ...refused]).toContain(reply);
      });
    },
    5 * PATIENCE_MS,
  );

  test(
    `of ${REQUESTS} racing requests as many are taken as all instances have room for`,
    async () => {
      await start({ env: { MAX_CONCURRENT_CALLS: String(PER_INSTANCE) } });
      await instances.explain(async () => {
        const room = INSTANCES * PER_INSTANCE;
        const { counts, most } = await race();
        tell(`limit ${PER_INSTANCE} × ${INSTANCES}: ${JSON.stringify(counts)}, at most ${most}`);
        expect(counts).toEqual({ '201': room, '429 concurrency_limit': REQUESTS - room });
        expect(most).toBe(room);
      });
    },
    5 * PATIENCE_MS,
  );

  test(
    'each message is delivered once, and after a kill with the same id',
    async () => {
      const receiver = new CountingReceiver();
      const url = await receiver.start();
      try {
        await start({
          env: {
            WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
            RECONCILE_AFTER_SECONDS: '5',
            RECONCILE_INTERVAL_SECONDS: '5',
          },
          carrier: { behaviour: { ringMs: 20, hangUpAfterMs: 500 } },
        });
        await instances.explain(async () => {
          for (let nth = 0; nth < 3; nth += 1) {
            await api(nth).request('POST', '/webhook-endpoints', { url: `${url}${nth}` });
          }
          const placeAll = async (): Promise<void> => {
            for (let begun = 0; begun < CALLS; begun += 20) {
              await Promise.all(Array.from({ length: 20 }, (_, nth) => place(begun + nth)));
            }
          };
          receiver.answersAfterMs = 30;
          await placeAll();
          const first = await delivered(store);
          tell(`${first.length} messages: ${receiver.repeated.length} came twice without a crash`);
          expect(first.length).toBeGreaterThanOrEqual(CALLS * 3);
          expect([...receiver.received.keys()].sort()).toEqual(first);
          expect(receiver.repeated).toEqual([]);

          receiver.answersAfterMs = 400;
          const placing = placeAll();
          await until(() => receiver.received.size > first.length + CALLS);
          await instances.at(1).kill();
          await placing.catch(() => undefined);
          await instances.at(1).start();
          receiver.answersAfterMs = 5;
          const all = await delivered(store);
          tell(`${all.length - first.length} more: ${receiver.repeated.length} again after a kill`);
          expect([...receiver.received.keys()].sort()).toEqual(all);
          expect(Math.max(...receiver.received.values())).toBeLessThanOrEqual(2);
        });
      } finally {
        await receiver.stop();
      }
    },
    10 * PATIENCE_MS,
  );
});

/** The ids of all messages, in order, once none is waiting and no call is in progress. */
async function delivered(store: TestStore): Promise<string[]> {
  const look = () =>
    store.database.read(async (db) => ({
      messages: await db.selectFrom('webhook_deliveries').select(['message_id', 'state']).execute(),
      live: await db.selectFrom('runs').select('run_id').where('ended_at', 'is', null).execute(),
    }));
  const { messages } = await until(async () => {
    const seen = await look();
    const waits = seen.live.length > 0 || seen.messages.some(({ state }) => state !== 'delivered');
    return !waits && seen;
  });
  return messages.map(({ message_id: id }) => id).sort();
}
