import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { BUSY_FOR_A_VERDICT, busyShare, percentile, spread } from '../support/busy-share.js';
import {
  ClusterCalls,
  DELAYS,
  SOUND,
  type Delay,
  type LiveCall,
} from '../support/cluster-calls.js';
import { departures, framesOfOlderAgents, passages, storyOf } from '../support/heard.js';
import { LONG, PROOFS } from '../support/patience.js';
import { HAPROXY } from '../support/shipped-balancer.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const INSTANCES = LONG ? 3 : 2;
const CALLS = LONG ? 40 : 6;
const ROUNDS = LONG ? 3 : 1;
/** How many instances are restarted in a round. */
const RESTARTS = LONG ? INSTANCES : 1;
/** How long it is waited for a carrier to ask by itself what follows a stream that we gave up. */
const CARRIER_ASKS_WITHIN_MS = 700;
/** Neither repeated nor skipped beyond this. */
const OFF_MAX_MS = 300;

const source = PROOFS && HAPROXY ? await postgresStores() : null;

(source ? describe : describe.skip)(
  `${CALLS} live calls at ${INSTANCES} instances behind HAProxy, of which ${RESTARTS} are restarted in turn, ${ROUNDS} times`,
  () => {
    let store: TestStore;
    let cluster: ClusterCalls;

    beforeAll(async () => {
      if (!source) throw new Error('skipped');
      store = await source.create();
      cluster = await ClusterCalls.start(store, {
        count: INSTANCES,
        env: {
          // Longer than HAProxy takes to see that an instance drains.
          DRAIN_TIMEOUT_SECONDS: '5',
          MOVE_PATIENCE_SECONDS: '2',
        },
      });
    });
    afterAll(async () => {
      await cluster.stop();
      await store.remove();
      await source?.dispose();
    });

    test(
      'all go on, none is hung up by us, and callers hear short pauses at most',
      async () => {
        await cluster.instances.explain(async () => {
          await cluster.placeMany(CALLS);
          const busy = busyShare();
          const codes: unknown[] = [];
          for (let round = 0; round < ROUNDS; round += 1) {
            for (let nth = 0; nth < RESTARTS; nth += 1) {
              codes.push(await cluster.instances.at(nth).stop());
              await cluster.allAreHeard();
              await cluster.instances.at(nth).start();
            }
          }
          const share = busy();
          await cluster.allAreHeard();

          const { calls } = cluster;
          const shown = await cluster.shown();
          const atCarrier = calls.map(({ call }) => call.status);
          const reasons = await cluster.hangUpAll();
          const moves = DELAYS.map((delay): [Delay, number[]] => [delay, beyond(calls, delay)]);
          const asked = moves.flatMap(([delay, gaps]) => (delay === null ? [] : gaps));
          const never = moves.flatMap(([delay, gaps]) => (delay === null ? gaps : []));
          const olderFrames = calls.map(({ call }) => framesOfOlderAgents(call));
          const speaking = calls.filter(({ says }) => says !== 'echo');
          const heard = speaking.map(({ call }) => departures(call.heardAudio, SOUND));
          const recorded = await Promise.all(
            speaking.map(async (one) =>
              departures(encodeMulaw(await cluster.recordingOf(one)), SOUND),
            ),
          );
          const heardJumps = heard.flatMap(({ jumps }) => jumps);
          const recordedJumps = recorded.flatMap(({ jumps }) => jumps);
          const strange = Math.max(...[...heard, ...recorded].map(({ strangeMs }) => strangeMs));
          say([
            `restarts: ${codes.length} drains of ${INSTANCES} instances under ${CALLS} calls; exit codes ${codes.join(' ')}`,
            `machine busy ${(share * 100).toFixed(0)} %`,
            `lost ${atCarrier.filter((status) => status !== 'in-progress').length}, over by the API ${shown.filter(({ ended_at: at }) => at !== null).length}, frames of an older agent ${sum(olderFrames)}`,
            ...moves.map(
              ([delay, gaps]) =>
                `gap in ms beyond the carrier's delay, asks after ${delay ?? 'never'}: ${spread(gaps)}`,
            ),
            `gap, all who ask: ${spread(asked)}; all: ${spread([...asked, ...never])}`,
            `gap, who never asks, beyond the ${CARRIER_ASKS_WITHIN_MS} ms that we wait for it: ${spread(never.map((ms) => ms - CARRIER_ASKS_WITHIN_MS))}`,
            `announce and menu (${speaking.length}): repeated or skipped, ms, as heard: ${spread(heardJumps.map(Math.abs))}, from ${Math.min(0, ...heardJumps).toFixed(0)} to ${Math.max(0, ...heardJumps).toFixed(0)}`,
            `the same by the recording: ${spread(recordedJumps.map(Math.abs))}, from ${Math.min(0, ...recordedJumps).toFixed(0)} to ${Math.max(0, ...recordedJumps).toFixed(0)}; not of the sound at most ${strange.toFixed(0)} ms`,
          ]);

          const off = speaking.filter((_, nth) =>
            heard[nth]?.jumps.some((jump) => Math.abs(jump) > OFF_MAX_MS),
          );
          for (const { call } of off) say(storyOf(call, SOUND));

          expect(atCarrier).toEqual(calls.map(() => 'in-progress'));
          expect(reasons).toEqual(calls.map(() => 'caller_hangup'));
          expect(shown.map(({ status, ended_at: at }) => [status, at])).toEqual(
            calls.map(() => ['answered', null]),
          );
          expect(codes).toEqual(codes.map(() => 0));
          expect(sum(olderFrames)).toBe(0);
          expect(asked.length).toBeGreaterThan(0);
          expect(never.length).toBeGreaterThan(0);
          expect(Math.max(...[...heardJumps, ...recordedJumps].map(Math.abs))).toBeLessThanOrEqual(
            LONG ? OFF_MAX_MS : 2_000,
          );
          expect(strange).toBeLessThanOrEqual(OFF_MAX_MS);
          expect(cluster.instances.carrier.violations).toEqual([]);
          if (LONG) {
            // A machine that is busier makes pauses longer, never shorter.
            if (share > BUSY_FOR_A_VERDICT)
              say(['too busy a machine: longer pauses prove nothing']);
            expect(percentile(asked, 0.5)).toBeLessThanOrEqual(250);
            expect(percentile(asked, 0.95)).toBeLessThanOrEqual(1_000);
            expect(percentile([...asked, ...never], 0.5)).toBeLessThanOrEqual(250);
            expect(percentile([...asked, ...never], 0.95)).toBeLessThanOrEqual(1_000);
          }
        });
      },
      LONG ? 900_000 : undefined,
    );
  },
);

/** The pauses of these calls, less what the carrier itself took to ask. */
function beyond(calls: readonly LiveCall[], delay: Delay): number[] {
  return calls
    .filter(({ asksAfterMs }) => asksAfterMs === delay)
    .flatMap(({ call }) => passages(call).map(({ gapMs }) => gapMs - (delay ?? 0)));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

function say(lines: readonly string[]): void {
  process.stderr.write(`\n${lines.join('\n')}\n`);
}
