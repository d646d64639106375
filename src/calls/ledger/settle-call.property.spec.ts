import { test } from '@jest/globals';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { at, queuedRun, recorded, SILENCE_MS } from '../../../test/support/call-builders.js';
import {
  callEvent,
  END_REASONS,
  EVENT_SOURCES,
  type CallEventDraft,
  type RecordedEvent,
} from './call-event.js';
import type { CallRun } from './call-run.js';
import { CALL_STATUSES, isTerminal, rankOf } from './call-status.js';
import { RunDraft } from './run-draft.js';
import { settleCall, type RunFacts, type SettledCall } from './settle-call.js';
import { LONG } from '../../../test/support/patience.js';

const RUNS = LONG ? 50_000 : 3_000;

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(arbitrary, { nil: null });
const seconds = fc.integer({ min: -30, max: 90 });

/** Each field takes few values, so that ties and clashes are common. */
const anEvent: fc.Arbitrary<CallEventDraft> = fc
  .record({
    type: fc.constantFrom('status' as const, 'status', 'status', 'machine', 'stream', 'other'),
    source: fc.constantFrom(...EVENT_SOURCES),
    status: fc.constantFrom(...CALL_STATUSES),
    sequence: orNull(fc.integer({ min: 0, max: 4 })),
    occurredAt: orNull(seconds.map(at)),
    durationSeconds: orNull(fc.integer({ min: 0, max: 60 })),
    sipCode: orNull(fc.constantFrom(200, 486, 487)),
    answeredBy: orNull(fc.constantFrom('human', 'unknown', 'machine_start', 'machine_end_beep')),
    endReason: orNull(fc.constantFrom(...END_REASONS)),
  })
  .map((fields) =>
    callEvent({ ...fields, status: fields.type === 'status' ? fields.status : null }),
  );

/** What is told of one transfer. */
const ofTransfer: fc.Arbitrary<CallEventDraft> = fc
  .record({
    step: fc.constantFrom('started', 'answered', 'failed', 'ended'),
    reason: fc.constantFrom('busy', 'call_ended'),
  })
  .map((detail) =>
    callEvent({
      type: 'transfer',
      source: 'feed',
      detail: { transfer: 1, generation: 1, ...detail },
    }),
  );

/** Distinct facts: each has its own key. */
const facts = fc
  .array(fc.oneof({ arbitrary: anEvent, weight: 4 }, ofTransfer), { minLength: 1, maxLength: 7 })
  .map((drafts) => drafts.map((each, index) => ({ ...each, dedupeKey: `fact:${index}` })));

/**
 * A set of facts, and two ways to receive it: every fact at least once, some again,
 * in any order.
 */
const story = facts.chain((events) => {
  const hearing = fc.array(fc.nat(events.length - 1), { maxLength: 7 }).chain((again) => {
    const all = [...events.keys(), ...again];
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
  });
  return fc.record({ events: fc.constant(events), one: hearing, other: hearing });
});

const runFacts: fc.Arbitrary<RunFacts> = fc.record({
  callIdKnown: fc.boolean(),
  hangupReason: orNull(fc.constantFrom('api_hangup' as const, 'agent_failed')),
  maxDurationSeconds: fc.constantFrom(30, 3_600),
});

test('any order and repetition of one set of events settles to one row', () => {
  fc.assert(
    fc.property(story, runFacts, ({ events, one, other }, run) => {
      // Each fact first arrives at its own time, whatever the order of the list; repetitions come
      // later.
      const hear = (hearing: number[]): SettledCall => {
        const seen = new Set<number>();
        return settleCall(
          run,
          hearing.flatMap((index, place) => {
            const event = events[index];
            if (!event) return [];
            const again = seen.has(index);
            seen.add(index);
            return [recorded(event, at(again ? 500 + place : 100 + index))];
          }),
        );
      };
      assert.deepEqual(hear(one), hear(other));
    }),
    { numRuns: RUNS },
  );
});

test('any order and repetition of callbacks through the ledger’s draft ends in one row', () => {
  fc.assert(
    fc.property(story, runFacts, ({ events, one, other }, run) => {
      const first = deliver(events, one, run);
      const second = deliver(events, other, run);
      assert.deepEqual(settledOf(first.run), settledOf(second.run));
      for (const { outcomes } of [first, second]) {
        const newFacts = outcomes.filter((outcome) => outcome !== 'duplicate');
        assert.equal(newFacts.length, events.length);
      }
    }),
    { numRuns: RUNS },
  );
});

test('on the way there, no event moves a call back, and an end stays an end', () => {
  fc.assert(
    fc.property(story, runFacts, ({ events, one }, run) => {
      let before = 0;
      let ended = false;
      deliver(events, one, run, ({ status, endedAt, checkAt }) => {
        assert.ok(rankOf(status) >= before);
        assert.ok(isTerminal(status) || !ended);
        assert.equal(endedAt !== null, isTerminal(status));
        assert.equal(checkAt === null, isTerminal(status));
        before = rankOf(status);
        ended = isTerminal(status);
      });
    }),
    { numRuns: RUNS },
  );
});

test('the row of an ended call is consistent', () => {
  fc.assert(
    fc.property(facts, runFacts, (events, run) => {
      const row = settleCall(
        run,
        events.map((event) => recorded(event)),
      );
      const { answeredAt, endedAt, durationSeconds, endReason } = row;
      if (!isTerminal(row.status)) {
        assert.deepEqual([endedAt, durationSeconds, endReason], [null, null, null]);
        return;
      }
      assert.ok(endedAt && endReason && durationSeconds !== null && durationSeconds >= 0);
      assert.ok(!answeredAt || answeredAt <= endedAt);
    }),
    { numRuns: RUNS },
  );
});

/**
 * Delivers each report in a transaction of its own, on top of what the previous one
 * left in the store.
 */
function deliver(
  events: readonly CallEventDraft[],
  hearing: readonly number[],
  facts_: RunFacts,
  look: (run: CallRun) => void = () => undefined,
): { run: CallRun; outcomes: string[] } {
  let run = queuedRun({
    providerCallId: facts_.callIdKnown ? 'CA1' : null,
    hangupReason: facts_.hangupReason,
    maxDurationSeconds: facts_.maxDurationSeconds,
  });
  const stored: RecordedEvent[] = [];
  const outcomes: string[] = [];
  for (const index of hearing) {
    const event = events[index];
    if (!event) continue;
    // All reports arrive at the same time: where the carrier reports no time, ours is part of the
    // fact.
    const draft = new RunDraft(run, [...stored], at(100), { silenceMs: SILENCE_MS });
    outcomes.push(draft.record(event));
    run = draft.run;
    for (const added of draft.newEvents) {
      const dedupeKey = added.outcome === 'duplicate' ? null : added.dedupeKey;
      stored.push({ ...added, eventId: stored.length + 1, dedupeKey });
    }
    look(run);
  }
  return { run, outcomes };
}

function settledOf(run: CallRun): SettledCall {
  const { status, answeredAt, endedAt, durationSeconds, endReason, answeredBy, sipCode } = run;
  return { status, answeredAt, endedAt, durationSeconds, endReason, answeredBy, sipCode };
}
