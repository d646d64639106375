import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mulawToWav } from '../../tools/carrier/media/wav.js';
import { cuttableLine } from '../support/cuttable-line.js';
import { InstancePair } from '../support/instance-pair.js';
import { LONG, PROOFS, until } from '../support/patience.js';
import { storeQuery } from '../support/store-query.js';
import { postgresStore, startPostgres, type TestStore } from '../support/stores.js';

const SKEW_MS = 5_000;
/** Of a pair that is wrong by five seconds each way; far below both. */
const ABOUT_MS = 2_500;
const AWAY_MS = LONG ? 20_000 : 8_000;

const server = PROOFS ? await startPostgres() : null;

(server ? describe : describe.skip)('two instances on a store', () => {
  let store: TestStore;
  let pair: InstancePair | null = null;

  beforeEach(async () => {
    store = await postgresStore(server?.url() ?? '');
  });
  afterEach(async () => {
    await server?.start();
    await pair?.stop();
    pair = null;
    await store.remove();
  });
  afterAll(() => server?.dispose());

  const start = async (
    env?: Record<string, string>,
    own?: readonly [Record<string, string>, Record<string, string>],
  ): Promise<InstancePair> => {
    pair = await InstancePair.start(store, env, own);
    return pair;
  };
  const url = (): string => store.env['DATABASE_URL'] ?? '';

  /** A call by the one, whose stream and end are at the other, is told, ended and delivered. */
  async function worksAcross(two: InstancePair): Promise<void> {
    two.goTo(1);
    const { runId, call } = await two.live(0);
    const seen = await two.api(0).until(runId, (one) => one.streaming);
    expect(seen.status).toBe('answered');
    await two.api(0).request('POST', `/telephony/calls/${runId}/hangup`);
    await call.ended;
    const over = await two.api(0).until(runId, (one) => one.ended_at !== null && !one.streaming);
    expect(over.end_reason).toBe('api_hangup');
    await until(() => two.receiver.endsOf(runId).length === 1);
  }

  test('of which none is listened to any more: calls are dialled, ended and told of all the same', async () => {
    const two = await start();
    await two.subscribe();
    const enough = new AbortController();
    let cuts = 0;
    const cutting = (async () => {
      while (!enough.signal.aborted) {
        const cut = await storeQuery(
          url(),
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'patchbay bus' and datname = current_database()",
        );
        cuts += cut.length;
        await sleep(20);
      }
    })();
    try {
      await two.instances.explain(() => worksAcross(two));
    } finally {
      enough.abort();
      await cutting;
    }
    expect(cuts).toBeGreaterThan(1);
  });

  test('from which one is cut off: it refuses, its calls go on at the other, and come back to nobody twice', async () => {
    const line = await cuttableLine(Number(new URL(url()).port));
    const own = new URL(url());
    own.port = String(line.port);
    try {
      const two = await start({}, [{ DATABASE_URL: own.href }, {}]);
      await two.instances.explain(async () => {
        await two.subscribe();
        two.goTo(0);
        const taken = await two.live(0, { stream: { asksAfterMs: null } });
        const ended = await two.live(0, { stream: { asksAfterMs: null } });
        line.cut();
        two.goTo(1);
        await until(
          async () => (await fetch(`${two.instances.at(0).url}/health/ready`)).status === 503,
        );
        const refused = await two
          .api(0)
          .request('POST', '/telephony/calls', { workflow_id: 1, to: two.number() });
        expect(refused.status).toBe(503);

        // Others dial, end calls of the one that is cut off, and tell of them.
        const { call } = await two.live(1);
        await two.api(1).request('POST', `/telephony/calls/${ended.runId}/hangup`);
        const over = await two.api(1).until(ended.runId, (one) => one.ended_at !== null);
        expect(over.end_reason).toBe('api_hangup');
        await until(() => two.receiver.endsOf(ended.runId).length > 0);

        const next = await two.heard(await taken.call.streamNumber(2));
        // Redirected, the carrier has stopped the older stream.
        expect(taken.call.streams[0]?.open).toBe(false);
        line.mend();
        await until(async () => (await fetch(`${two.instances.at(0).url}/health/ready`)).ok);
        const heard = next.heardAudio.length;
        await until(() => next.heardAudio.length > heard + 16_000);
        const shown = await two.api(0).until(taken.runId, (one) => one.streaming);
        expect([shown.status, shown.ended_at]).toEqual(['answered', null]);
        expect([taken.call.streams.length, taken.call.status, call.status]).toEqual([
          2,
          'in-progress',
          'in-progress',
        ]);
      });
    } finally {
      line.mend();
      await pair?.stop();
      pair = null;
      await line.close();
    }
  });

  test(`which is away for ${AWAY_MS / 1000} s while an agent ends its call: it is ended, and told of, afterwards`, async () => {
    const media = await mkdtemp(join(tmpdir(), 'patchbay-away-'));
    // It ends in the middle of the time without a store.
    await writeFile(join(media, 'short.wav'), mulawToWav(Buffer.alloc(AWAY_MS * 4, 0x55)));
    try {
      const two = await start({ MEDIA_DIR: media });
      await two.instances.explain(async () => {
        await two.subscribe();
        const made = await two.api(0).request<{ workflow_id: number }>('POST', '/workflows', {
          name: 'short',
          agent: 'announce',
          agent_options: { sound: 'short.wav' },
        });
        two.goTo(0);
        const to = two.number({ audio: 'silence' });
        const { workflow_run_id: runId } = await two
          .api(0)
          .place({ to, workflow_id: made.body.workflow_id });
        const call = await two.callTo(to);
        await two.heard(await call.streamNumber(1));
        const other = await two.live(0);
        const told = two.receiver.received.length;
        await server?.stop('immediate');
        const waitsUntil = performance.now() + AWAY_MS;
        await until(
          () => (call.stream?.recording.heardBytes ?? 0) >= AWAY_MS * 4,
          'it was heard to its end',
        );
        await sleep(Math.max(0, waitsUntil - performance.now()));
        expect(two.receiver.received.length).toBe(told);
        await server?.start();
        await call.ended;
        const over = await two.api(1).until(runId, (one) => one.ended_at !== null);
        expect(over).toMatchObject({ status: 'completed', end_reason: 'agent_hangup' });
        await until(() => two.receiver.endsOf(runId).length > 0);
        expect([other.call.status, other.call.streams.length]).toEqual(['in-progress', 1]);
      });
    } finally {
      await rm(media, { recursive: true, force: true });
    }
  });

  test('whose clocks are wrong by five seconds, one each way: no token, lease, pace or retry minds', async () => {
    const two = await start({ TWILIO_CALLS_PER_SECOND: '5' }, [
      { CLOCK_SKEW_MS: String(SKEW_MS) },
      { CLOCK_SKEW_MS: String(-SKEW_MS) },
    ]);
    await two.instances.explain(async () => {
      await two.subscribe();
      // The first attempt fails; the next is due by the store's clock.
      two.receiver.status = 500;
      for (const [placing, streaming] of [
        [0, 1],
        [1, 0],
      ] as const) {
        two.goTo(streaming);
        const { runId, call } = await two.live(placing);
        const shown = await two.api(streaming).until(runId, (one) => one.answered_at !== null);
        const answeredAt = new Date(shown.answered_at ?? 0).getTime();
        expect(Math.abs(answeredAt - (call.answeredAt?.getTime() ?? 0))).toBeLessThan(ABOUT_MS);
        call.hangUp();
        await two.api(placing).until(runId, (one) => one.ended_at !== null);
      }
      const [first] = two.receiver.received;
      const id = first?.headers['webhook-id'];
      two.receiver.status = 204;
      await until(
        () =>
          two.receiver.received.filter(({ headers }) => headers['webhook-id'] === id).length > 1,
      );

      const before = two.instances.carrier.calls.length;
      const began = performance.now();
      await Promise.all(
        Array.from({ length: 16 }, (_, nth) =>
          two.api(nth % 2).place({ to: two.number({ ringMs: 60_000 }) }),
        ),
      );
      await until(() => two.instances.carrier.calls.length === before + 16);
      // Sixteen at five a second take three seconds, also where one clock is ten seconds behind the other.
      expect(performance.now() - began).toBeGreaterThan(2_000);
      const members = await two
        .api(0)
        .request<{ data: Array<{ state: string }> }>('GET', '/instances');
      expect(members.body.data.map(({ state }) => state)).toEqual(['ready', 'ready']);
    });
  });
});
