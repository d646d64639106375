import { test } from '@jest/globals';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { at, draftOf, NOON, queuedRun } from '../../../test/support/call-builders.js';
import { LONG } from '../../../test/support/patience.js';
import type { CallEventDraft } from '../../calls/ledger/call-event.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import { SESSION_ENDS } from '../../calls/streams/live-sessions.js';
import { streamEnded, streamMoved, streamStarted } from '../../calls/streams/stream-events.js';
import { decideAnswer } from './decide-answer.js';

const RUNS = LONG ? 20_000 : 2_000;

/**
 * One stream: its instance, how it ended if it did, and whether the carrier was asked to move it.
 */
const aStream = fc.record({
  instance: fc.constantFrom('one', 'other'),
  cause: fc.option(fc.constantFrom(...SESSION_ENDS), { nil: null }),
  moved: fc.boolean(),
});

const writes = fc.array(aStream, { minLength: 1, maxLength: 4 }).map((streams) =>
  streams.flatMap(({ instance, cause, moved }, index): CallEventDraft[] => {
    const which = { generation: index + 1, streamId: `MZ${index + 1}` };
    return [
      streamStarted(which, { instance, gapMs: null }),
      ...(cause === null ? [] : [streamEnded(which, cause)]),
      ...(moved ? [streamMoved(which)] : []),
    ];
  }),
);

/**
 * The writes of up to four streams, and two orders in which they may arrive, each with repetitions.
 */
const story = writes.chain((all) => {
  const arrival = fc.array(fc.nat(all.length - 1), { maxLength: 6 }).chain((again) => {
    const indices = [...all.keys(), ...again];
    return fc.shuffledSubarray(indices, { minLength: indices.length, maxLength: indices.length });
  });
  return fc.record({ all: fc.constant(all), one: arrival, other: arrival });
});

/** Applies them one by one, each in its own transaction. */
function told(all: CallEventDraft[], order: number[]): RunDraft {
  let draft = draftOf(queuedRun({ status: 'answered', answeredAt: NOON }));
  for (const index of order) {
    const event = all[index];
    assert.ok(event);
    draft = draftOf(draft.run, draft.timeline);
    draft.record(event);
  }
  return draft;
}

const decision = (draft: RunDraft) =>
  decideAnswer(draft.run, draft.streams, false, 'answered', at(1));

test('whatever order its streams’ writes arrive in, and however often: the same row, the same decision', () => {
  fc.assert(
    fc.property(story, ({ all, one, other }) => {
      const [first, second] = [told(all, one), told(all, other)];
      assert.deepEqual(second.run, first.run);
      assert.equal(decision(second), decision(first));
      assert.deepEqual(second.streams.lastEnd, first.streams.lastEnd);
    }),
    { numRuns: RUNS },
  );
});

test('the writes of an older stream change neither the row nor the time of the next look-up', () => {
  const late = writes.chain((all) => fc.record({ all: fc.constant(all), last: fc.nat(100) }));
  fc.assert(
    fc.property(late, fc.integer({ min: 1, max: 90 }), ({ all, last }, seconds) => {
      const newest = Math.max(...all.map(({ detail }) => Number(detail['generation'])));
      const older = all.filter(({ detail }) => Number(detail['generation']) < newest);
      const event = older[last % Math.max(older.length, 1)];
      fc.pre(event !== undefined);
      const rest = all.filter((one) => one !== event);
      const before = told(rest, [...rest.keys()]);
      const after = draftOf(before.run, before.timeline, at(seconds));
      assert.equal(after.record(event), 'late');
      assert.deepEqual(after.run, before.run);
      assert.equal(decision(after), decision(before));
    }),
    { numRuns: RUNS },
  );
});
