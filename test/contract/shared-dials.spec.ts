import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '../../src/shared/clock.js';
import { Users } from '../../src/tenants/users.js';
import { ledgerBench, type LedgerBench } from '../support/ledger-builders.js';
import { LONG, PATIENCE_MS, until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const INSTANCES = LONG ? 3 : 2;
const DIALS = LONG ? 501 : 30;
const PER_SECOND = 20;
const PROGRAM = join(import.meta.dirname, '..', 'support', 'dialling-instance.mjs');

/** What became of a request for a call. */
interface Placed {
  kind: string;
  runId?: number;
}

const source = await postgresStores();

(source ? describe : describe.skip)('instances that share a queue of dials', () => {
  let store: TestStore;
  let bench: LedgerBench;
  let folder: string;
  let placedFile: string;
  let instances: DiallingInstance[];

  beforeEach(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    bench = await ledgerBench(store.database);
    folder = await mkdtemp(join(tmpdir(), 'patchbay-dials-'));
    placedFile = join(folder, 'placed');
    await writeFile(placedFile, '');
    instances = [];
  });
  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await store.remove();
    await rm(folder, { recursive: true });
  });
  afterAll(() => source?.dispose());

  const start = async (perSecond: number): Promise<DiallingInstance> => {
    const env = { ...store.env, PLACED: placedFile, PER_SECOND: String(perSecond) };
    const instance = await DiallingInstance.start(env);
    instances.push(instance);
    return instance;
  };
  /** The dials that the carrier was asked for, in the order of time. */
  const dials = async (file = placedFile) => {
    const lines = (await readFile(file, 'utf8')).trim().split('\n').filter(Boolean);
    return lines
      .map((line) => line.split(' ').map(Number))
      .map(([runId = 0, at = 0]) => ({ runId, at }))
      .sort((a, b) => a.at - b.at);
  };

  const runs = () =>
    store.database.read((db) =>
      db.selectFrom('runs').select(['run_id', 'dialled_at', 'provider_call_id']).execute(),
    );

  test(
    `${DIALS} dials at ${PER_SECOND} a second over ${INSTANCES} instances, which are restarted: each once, and at the pace`,
    async () => {
      const live = await Promise.all(Array.from({ length: INSTANCES }, () => start(PER_SECOND)));
      const requests = Array.from({ length: DIALS / INSTANCES }, () =>
        live.map((instance) => instance.place(bench.request())),
      ).flat();
      // What a stopping instance has not read yet would never be placed.
      await until(async () => (await runs()).length === DIALS);
      let restarts = 0;
      for (let done = 0; done < DIALS; done = (await dials()).length) {
        const nth = restarts % live.length;
        await until(async () => (await dials()).length > Math.min(DIALS - 1, done + 10));
        if (done > (restarts + 1) * (DIALS / 8)) {
          await live[nth]?.stop();
          live[nth] = await start(PER_SECOND);
          restarts += 1;
        }
      }
      const outcomes = await Promise.all(requests);
      const made = await dials();
      const perSecond = made.map(({ at }) => countWithin(made, at));
      process.stderr.write(
        `shared dials: ${made.length} by ${INSTANCES} instances, ${restarts} restarts, ${(((made.length - 1) * 1_000) / ((made.at(-1)?.at ?? 0) - (made[0]?.at ?? 0))).toFixed(1)}/s, at most ${Math.max(...perSecond)} in a second; ${JSON.stringify(countsOf(outcomes))}\n`,
      );
      expect(new Set(made.map(({ runId }) => runId)).size).toBe(DIALS);
      expect(made).toHaveLength(DIALS);
      expect(Math.max(...perSecond)).toBeLessThanOrEqual(PER_SECOND + 1);
      expect(restarts).toBeGreaterThanOrEqual(1);
      const { unknown = 0, queued = 0, placed = 0 } = countsOf(outcomes);
      // Those that a stopping instance could not answer any more are `unknown`.
      expect(unknown + queued + placed).toBe(DIALS);
    },
    LONG ? 5 * PATIENCE_MS : 3 * PATIENCE_MS,
  );

  test('a run that a killed instance had claimed is dialled by nobody else, the others are, also where they go on from an account that refuses', async () => {
    const first = await start(PER_SECOND);
    const routes = [{ account: 'twilio', from: '+15005550006', recording: false }];
    const routed = { accountKey: 'refusing', routes };
    const requests = Array.from({ length: 20 }, (_, nth) =>
      first.place(bench.request(nth % 2 === 0 ? {} : routed)),
    );
    await until(async () => (await runs()).length === 20 && (await dials()).length > 2);
    first.kill();
    await Promise.all(requests);
    await start(PER_SECOND);
    const undialled = async () => (await runs()).filter((run) => run.dialled_at === null);
    await until(async () => (await undialled()).length === 0);
    await until(async () => {
      const made = (await dials()).map(({ runId }) => runId);
      const silent = (await runs()).filter(({ run_id }) => !made.includes(run_id));
      // Only the killed instance knows whether it has asked the carrier.
      return silent.every((run) => run.provider_call_id === null) && made.length > 3;
    });
    for (const file of [placedFile, `${placedFile}-refused`]) {
      const made = (await dials(file)).map(({ runId }) => runId);
      expect(new Set(made).size).toBe(made.length);
      expect(made.length).toBeGreaterThan(0);
    }
  });

  (LONG ? test : test.skip)(
    'with 50 calls of one user waiting at 1 a second, another user’s call is dialled within 2 s',
    async () => {
      const [one, other] = [await start(1), await start(1)];
      const flood = Array.from({ length: 50 }, () => one.place(bench.request()));
      await until(async () => (await dials()).length > 0);
      const clock = new SystemClock();
      const { userId } = await new Users(store.database, clock).create('Other');
      const waits: number[] = [];
      for (let nth = 0; nth < 3; nth += 1) {
        await sleep(700);
        const began = performance.now();
        const { kind } = await other.place(bench.request({ userId }));
        waits.push(performance.now() - began);
        expect(kind).toBe('placed');
      }
      process.stderr.write(
        `shared dials: 50 of one user at 1/s, another user waits ${waits.map((ms) => ms.toFixed(0)).join(', ')} ms\n`,
      );
      expect(Math.max(...waits)).toBeLessThan(2_000);
      await Promise.all(flood);
    },
    3 * PATIENCE_MS,
  );
});

/** How many dials are in the second that begins at `from`. */
function countWithin(dials: ReadonlyArray<{ at: number }>, from: number): number {
  return dials.filter(({ at }) => at >= from && at < from + 1_000).length;
}

function countsOf(outcomes: readonly Placed[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** A process that places and dials calls. */
class DiallingInstance {
  private readonly waiting = new Map<number, (placed: Placed) => void>();
  private readonly ended: Promise<unknown>;
  private requests = 0;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit').then(() => {
      for (const answer of this.waiting.values()) answer({ kind: 'unknown' });
    });
    child.on('message', ({ nth, ...placed }: Placed & { nth: number }) => {
      this.waiting.get(nth)?.(placed);
      this.waiting.delete(nth);
    });
  }

  static async start(env: Record<string, string>): Promise<DiallingInstance> {
    const child = fork(PROGRAM, { env: { PATH: process.env['PATH'], ...env } });
    const instance = new DiallingInstance(child);
    await Promise.race([once(child, 'message'), instance.ended]);
    return instance;
  }

  /** `unknown`: the process ended before it answered. */
  place(request: unknown): Promise<Placed> {
    const nth = (this.requests += 1);
    this.child.send({ nth, request });
    return new Promise((resolve) => this.waiting.set(nth, resolve));
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.ended;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
