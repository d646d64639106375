import { describe, expect, test } from '@jest/globals';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { callEvent } from '../../src/calls/ledger/call-event.js';
import type { CallRun } from '../../src/calls/ledger/call-run.js';
import { SESSION_ENDS, type SessionEnd } from '../../src/calls/streams/live-sessions.js';
import { streamMoved } from '../../src/calls/streams/stream-events.js';
import { StreamHistory } from '../../src/calls/streams/stream-history.js';
import { StreamSettings } from '../../src/config/settings.js';
import type { StreamLedger, Begun, Claim } from '../../src/telephony/media/stream-ledger.js';
import { decideAnswer } from '../../src/telephony/webhooks/decide-answer.js';
import { controlBench, type ControlBench } from '../support/control-bench.js';
import { carrierCall } from '../support/fake-carrier.js';
import type { TestStore } from '../support/stores.js';
import { streamSummary } from '../support/stream-fakes.js';
import { streamLedger } from '../support/stream-ledgers.js';

const GRACE_MS = 20_000;
/** Ends that do not have the call hung up: after one that does, no stream is wanted any more. */
const HARMLESS = SESSION_ENDS.filter((cause) => !cause.startsWith('agent-'));

/** The streams of up to four generations: how each ended, if it did, and when its end is told, and told again. */
const aHistory = fc.array(
  fc.record({
    cause: fc.option(fc.constantFrom(...HARMLESS), { nil: null }),
    told: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
    toldOtherwise: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);

export function streamsContract(store: () => TestStore): void {
  const seen = (generation: number): Claim => ({ kind: 'claimed', seen: generation });

  /** Two instances, as far as the streams of a call go. */
  async function twoInstances() {
    const bench = await controlBench(store().database);
    const instance = (): StreamLedger =>
      streamLedger({
        ...bench,
        database: store().database,
        settings: new StreamSettings({ tokenTtlSeconds: 120, graceSeconds: GRACE_MS / 1000 }),
      });
    return { bench, here: instance(), there: instance() };
  }

  async function begun(of: CallRun, by: StreamLedger, bench: ControlBench): Promise<CallRun> {
    const { streamGeneration } = await bench.reread(of);
    const stream = await by.begin(of.runId, 'MZ', seen(streamGeneration));
    if (stream.kind !== 'begun') throw new Error(stream.reason);
    return stream.run;
  }

  /** What of a run does not tell when it was written. */
  async function rowOf(run: CallRun, { reread }: ControlBench) {
    const { updatedAt: _at, changedXid: _xid, position: _place, ...row } = await reread(run);
    return row;
  }

  describe('a stream that begins', () => {
    test('raises the generation, in the commit that says that the call was answered', async () => {
      const { bench, here } = await twoInstances();
      const run = await bench.dialledRun();
      const before = { streamGeneration: 0, streamState: null, streamInstance: null };
      expect(run).toMatchObject(before);
      const first = await begun(run, here, bench);
      expect(first).toMatchObject({ status: 'answered', streamGeneration: 1, streamState: 'live' });
      expect(await bench.reread(run)).toEqual({
        ...first,
        updatedAt: expect.any(Date) as unknown,
        changedXid: expect.any(Number) as unknown,
        position: expect.any(Number) as unknown,
      });
    });

    test('of two instances that claim a call at once, one has it and the other gets 4409', async () => {
      const { bench, here, there } = await twoInstances();
      for (let round = 0; round < 5; round += 1) {
        const run = await bench.dialledRun();
        const claims = [here, there, here, there].map((one) => one.begin(run.runId, 'MZ', seen(0)));
        const results = await Promise.all(claims);
        const winners = results.filter((one): one is Begun => one.kind === 'begun');
        const owners = new Set(winners.map((winner) => winner.run.streamInstance));
        expect(owners.size).toBe(1);
        // Two of one instance have settled it between themselves, in this order.
        expect(winners.map((winner) => winner.run.streamGeneration)).toEqual([1, 2]);
        expect(results.filter(({ kind }) => kind === 'refused')).toEqual([
          { kind: 'refused', code: 4409, reason: 'another-stream' },
          { kind: 'refused', code: 4409, reason: 'another-stream' },
        ]);
        expect(await bench.reread(run)).toMatchObject({ streamGeneration: 2, streamState: 'live' });
      }
    });

    test('after another tells how long the call had none', async () => {
      const { bench, here, there } = await twoInstances();
      const run = await bench.dialledRun();
      await here.close(await begun(run, here, bench), streamSummary('lost'));
      bench.clock.advance(340);
      await begun(run, there, bench);
      const details = (await bench.events(run)).flatMap(({ type, detail }) =>
        type === 'stream' ? [detail] : [],
      );
      expect(details).toMatchObject([
        { step: 'started', generation: 1 },
        { step: 'ended', generation: 1, cause: 'lost' },
        { step: 'started', generation: 2, gap_ms: 340 },
      ]);
      expect(details[0]).not.toHaveProperty('gap_ms');
      expect(details[0]?.['instance']).not.toBe(details[2]?.['instance']);
    });

    test('of a call that version 0.1 began is counted after its streams', async () => {
      const { bench, here } = await twoInstances();
      const run = await bench.dialledRun();
      await bench.ledger.change({ runId: run.runId }, (draft) => {
        for (const stream of ['started', 'ended']) {
          const detail = { stream, stream_id: 'MZ0', cause: 'lost' };
          draft?.record(callEvent({ type: 'stream', source: 'media', detail }));
        }
      });
      expect(await begun(run, here, bench)).toMatchObject({ streamGeneration: 2 });
      // A claim from before its streams were counted is as good.
      const again = await bench.dialledRun();
      const claim = seen(again.streamGeneration);
      await bench.ledger.change({ runId: again.runId }, (draft) => {
        const detail = { stream: 'started', stream_id: 'MZ0' };
        draft?.record(callEvent({ type: 'stream', source: 'media', detail }));
      });
      expect(await here.begin(again.runId, 'MZ', claim)).toMatchObject({ kind: 'begun' });
    });
  });

  describe('a stream that a newer one has followed', () => {
    test.each<SessionEnd>(['stop', 'lost', 'agent-ended', 'agent-failed'])(
      'and that tells late that it ended by %s changes nothing but the timeline',
      async (cause) => {
        const { bench, here, there } = await twoInstances();
        const run = await bench.dialledRun();
        const older = await begun(run, there, bench);
        await begun(run, here, bench);
        const before = await rowOf(run, bench);
        bench.clock.advance(5_000);
        await there.close(older, streamSummary(cause));
        await there.close(older, streamSummary(cause));
        expect(await rowOf(run, bench)).toEqual(before);
        expect(bench.carrier.ended).toEqual([]);
        const timeline = await bench.events(run);
        expect(timeline.slice(3)).toMatchObject([
          { outcome: 'late', detail: { step: 'ended', generation: 1, cause } },
        ]);
        const streams = new StreamHistory(timeline);
        expect(decideAnswer(run, streams, false, 'answered', bench.clock.now())).toBe('stream');
      },
    );

    test('says nothing more about the call: neither facts nor what its agent did', async () => {
      const { bench, here, there } = await twoInstances();
      const run = await bench.dialledRun();
      const older = await begun(run, there, bench);
      const newer = await begun(run, here, bench);
      await here.storeFacts(newer, { name: 'Ada' });
      const before = await rowOf(run, bench);
      bench.clock.advance(5_000);
      await there.storeFacts(older, { name: 'Bob' });
      await there.noteAgent(older, { agent: 'failed' });
      expect(await rowOf(run, bench)).toEqual(before);
      expect((await bench.events(run)).at(-1)).toMatchObject({ type: 'agent', outcome: 'late' });
    });

    test('is not what the reconciler judges by: the newer one lives elsewhere and its call goes on', async () => {
      const { bench, here, there } = await twoInstances();
      const run = await bench.dialledRun();
      const older = await begun(run, here, bench);
      await begun(run, there, bench);
      await here.close(older, streamSummary('lost'));
      bench.clock.advance(10 * GRACE_MS);
      bench.carrier.onLookUp = (callId) => ({ kind: 'found', call: carrierCall({ callId }) });
      await bench.reconciler.lookOnce();
      expect(bench.carrier.lookedUp).toEqual([run.providerCallId]);
      expect(await bench.reread(run)).toMatchObject({ hangupReason: null, status: 'answered' });
      expect(bench.carrier.ended).toEqual([]);
    });
  });

  test('a stream that was asked to move is awaited, though the carrier says "stop"', async () => {
    const { bench, here } = await twoInstances();
    const run = await bench.dialledRun();
    const stream = await begun(run, here, bench);
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(streamMoved({ generation: 1, streamId: 'MZ' })),
    );
    expect(await bench.reread(run)).toMatchObject({ streamState: 'moving' });
    await here.close(stream, streamSummary('stop'));
    const moved = await bench.reread(run);
    expect(moved.streamState).toBe('moving');
    expect(moved.checkAt).toEqual(new Date(bench.clock.now().getTime() + GRACE_MS));
    const streams = new StreamHistory(await bench.events(run));
    expect(decideAnswer(moved, streams, false, 'answered', bench.clock.now())).toBe('stream');
    expect(await begun(run, here, bench)).toMatchObject({
      streamGeneration: 2,
      streamState: 'live',
    });
  });

  test('up to four streams on two instances: whenever their ends are told, one row and one decision', async () => {
    const { bench, here, there } = await twoInstances();
    await fc.assert(
      fc.asyncProperty(aHistory, async (history) => {
        const outcomes = [];
        for (const order of ['told', 'toldOtherwise'] as const) {
          const run = await bench.dialledRun();
          const streams: CallRun[] = [];
          const instance = (index: number): StreamLedger => (index % 2 === 0 ? here : there);
          const writes = history.flatMap(({ cause, [order]: delays }, index) => [
            { index, at: index, cause: null },
            ...(cause === null ? [] : delays.map((delay) => ({ index, at: index + delay, cause }))),
          ]);
          writes.sort((one, other) => one.at - other.at);
          for (const { index, cause } of writes) {
            const stream = streams[index];
            if (cause !== null && stream) {
              await instance(index).close(stream, streamSummary(cause));
              continue;
            }
            streams[index] = await begun(run, instance(index), bench);
            // Whoever claimed the call before, on the other instance, has lost it.
            const late = await instance(index + 1).begin(run.runId, 'MZ', seen(index));
            assert.equal(late.kind, 'refused');
          }
          const row = await rowOf(run, bench);
          const streamHistory = new StreamHistory(await bench.events(run));
          const decision = decideAnswer(
            row as CallRun,
            streamHistory,
            false,
            null,
            bench.clock.now(),
          );
          assert.equal(row.streamGeneration, history.length);
          outcomes.push({ ...row, runId: 0, providerCallId: '', decision });
        }
        assert.deepEqual(outcomes[1], outcomes[0]);
      }),
      { numRuns: 15 },
    );
  });
}
