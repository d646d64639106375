import { describe, expect, test } from '@jest/globals';
import {
  at,
  NOON,
  queuedRun,
  SILENCE_MS,
  told,
  draftOf,
} from '../../../test/support/call-builders.js';
import { callEvent } from './call-event.js';
import { DUPLICATES_KEPT, limitOf } from './run-draft.js';

const stream = (state: string) =>
  callEvent({ type: 'stream', source: 'media', detail: { stream: state } });

describe('what an event did on arrival', () => {
  test('applied when it is new, late when the call is further, late once it is over', () => {
    const draft = draftOf();
    expect(draft.record(told('ringing', { dedupeKey: 'r' }))).toBe('applied');
    expect(draft.record(told('initiated', { dedupeKey: 'i' }))).toBe('late');
    expect(draft.record(told('answered', { dedupeKey: 'a' }))).toBe('applied');
    expect(draft.record(told('answered', { dedupeKey: 'a2', source: 'media' }))).toBe('applied');
    expect(draft.record(told('completed', { dedupeKey: 'c' }))).toBe('applied');
    expect(draft.record(told('failed', { dedupeKey: 'f' }))).toBe('late');
    expect(draft.record(stream('ended'))).toBe('late');
    expect(draft.newEvents).toHaveLength(7);
    expect(draft.run.status).toBe('completed');
  });

  test('duplicate when its key was seen, in this transaction or before', () => {
    const draft = draftOf();
    const ringing = told('ringing', { dedupeKey: 'r' });
    expect([draft.record(ringing), draft.record(ringing)]).toEqual(['applied', 'duplicate']);
    const later = draftOf(draft.run, draft.timeline, at(1));
    expect(later.record(ringing)).toBe('duplicate');
    expect(later.run.status).toBe('ringing');
  });

  test('a duplicate of a call that is over is a duplicate, not late', () => {
    const draft = draftOf();
    const end = told('completed', { dedupeKey: 'c' });
    draft.record(end);
    expect(draft.record(end)).toBe('duplicate');
  });

  test('an event without a key is never a duplicate', () => {
    const draft = draftOf();
    expect([draft.record(stream('started')), draft.record(stream('started'))]) //
      .toEqual(['applied', 'applied']);
  });

  test('repetitions beyond the limit are counted, not kept', () => {
    const draft = draftOf();
    const ringing = told('ringing', { dedupeKey: 'r' });
    for (let i = 0; i < DUPLICATES_KEPT + 8; i += 1) draft.record(ringing);
    expect(draft.timeline).toHaveLength(DUPLICATES_KEPT + 1);
    expect(draft.run.duplicatesDropped).toBe(7);
    expect(draft.dirty).toBe(true);
    expect(draft.record(told('answered', { dedupeKey: 'a' }))).toBe('applied');
  });
});

describe('when the call is looked at next', () => {
  test('after a silence; never once it is over', () => {
    const draft = draftOf(queuedRun(), [], at(5));
    draft.record(told('ringing'));
    expect(draft.run.checkAt).toEqual(new Date(at(5).getTime() + SILENCE_MS));
    draft.record(told('busy'));
    expect(draft.run.checkAt).toBeNull();
  });

  test('at the end of its longest duration, if that comes first', () => {
    const draft = draftOf(queuedRun({ maxDurationSeconds: 30 }));
    draft.record(told('answered', { occurredAt: NOON }));
    expect(draft.run.checkAt).toEqual(at(32));
    expect(draft.limit).toEqual(at(32));
    expect(limitOf(queuedRun(), [])).toBeNull();
    expect(limitOf(queuedRun(), draft.timeline)).toBeNull();
  });

  test.each([-3_600, 3_600])(
    'the longest duration is measured by our clock when the carrier’s differs by %i s',
    (apart) => {
      const first = draftOf(queuedRun({ maxDurationSeconds: 30 }), [], at(1));
      first.record(told('answered', { source: 'media', occurredAt: null }));
      const draft = draftOf(first.run, first.timeline, at(3));
      draft.record(told('answered', { occurredAt: at(apart) }));
      expect(draft.run.answeredAt).toEqual(at(apart));
      expect(draft.limit).toEqual(at(33));
    },
  );

  test('a call that is being hung up has no longest duration to wait for', () => {
    const draft = draftOf(queuedRun({ maxDurationSeconds: 30, hangupReason: 'api_hangup' }));
    draft.record(told('answered'));
    expect(draft.run.checkAt).toEqual(new Date(NOON.getTime() + SILENCE_MS));
  });

  test('a stream that came back is not waited for', () => {
    const draft = draftOf(queuedRun({ checkAt: at(1) }));
    draft.record(stream('ended'));
    draft.record(stream('started'));
    expect(draft.run.checkAt).toEqual(new Date(NOON.getTime() + SILENCE_MS));
  });

  test('new events do not postpone the check for a hang-up or a lost stream', () => {
    const waiting = { checkAt: at(1), hangupReason: 'api_hangup' as const };
    const hangingUp = draftOf(queuedRun(waiting));
    hangingUp.record(told('ringing'));
    expect(hangingUp.run.checkAt).toEqual(at(1));
    const lost = draftOf(queuedRun({ checkAt: at(1) }));
    lost.record(stream('ended'));
    expect(lost.run.checkAt).toEqual(at(1));
  });
});

describe('a run that is over', () => {
  const ours = (status: 'failed' | 'canceled' | 'completed') =>
    told(status, { source: 'reconcile', providerStatus: null });

  test('counts as given up while only we say that it is over', () => {
    for (const status of ['failed', 'canceled', 'completed'] as const) {
      const draft = draftOf();
      expect(draft.isGivenUp).toBe(false);
      draft.record(told('ringing'));
      expect(draft.isGivenUp).toBe(false);
      draft.record(ours(status));
      expect(draft.isGivenUp).toBe(true);
      draft.record(told('answered'));
      expect(draft.isGivenUp).toBe(true);
      draft.record(told('completed'));
      expect(draft.isGivenUp).toBe(false);
    }
  });

  test('does not count as given up when the carrier said that it is over', () => {
    const draft = draftOf();
    draft.record(told('busy'));
    expect(draft.isGivenUp).toBe(false);
  });
});

describe('a change', () => {
  test('of a copy leaves the original as it was', () => {
    const draft = draftOf();
    const copy = draft.copy();
    copy.record(told('ringing'));
    copy.mintToken({ tokenHash: 'h', providerCallId: 'CA1', expiresAt: at(1) });
    copy.adoptCall({ call: 'CA1' }, 'AC2');
    expect(draft.dirty).toBe(false);
    expect(draft.run).toEqual(queuedRun());
    expect([draft.timeline, draft.newEvents, draft.newTokens, draft.moves]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  test('the carrier’s id is adopted once, and answers whether the dial arrived', () => {
    const draft = draftOf();
    draft.record(told('submission-unknown', { source: 'reconcile' }));
    expect(draft.run.status).toBe('submission-unknown');
    draft.adoptCall({ call: 'CA1' }, 'AC2');
    draft.adoptCall({ call: 'CA2' }, 'AC3');
    expect(draft.run).toMatchObject({ status: 'queued', providerCallId: 'CA1', accountId: 'AC2' });
  });

  test('the first reason to hang up stays; an ended call has none', () => {
    const draft = draftOf();
    draft.requestHangup('agent_hangup');
    draft.requestHangup('api_hangup');
    expect(draft.run).toMatchObject({ hangupReason: 'agent_hangup', hangupRequestedAt: NOON });
    const ended = draftOf();
    ended.record(told('completed'));
    ended.requestHangup('api_hangup');
    expect(ended.run).toMatchObject({ hangupReason: null, endReason: 'caller_hangup' });
  });

  test('every move to another status is remembered, with the row as it was', () => {
    const draft = draftOf();
    for (const status of ['ringing', 'initiated', 'answered', 'completed', 'failed'] as const) {
      draft.record(told(status, { sequence: 1, source: 'reconcile' }));
    }
    expect(draft.moves.map(({ run }) => run.status)).toEqual(['ringing', 'answered', 'completed']);
  });

  test('an end that is corrected by one with a lower number is a move too', () => {
    const draft = draftOf();
    draft.record(told('completed', { sequence: 3 }));
    draft.record(told('canceled', { sequence: 2 }));
    expect(draft.moves.map(({ run }) => run.status)).toEqual(['completed', 'canceled']);
  });

  test('an erased call keeps its timeline and no raw fields, not even those of late events', () => {
    const draft = draftOf(queuedRun({ context: { order: 7 }, facts: { name: 'Ada' } }));
    draft.record(told('completed', { payload: { From: '+1' } }));
    draft.erase();
    draft.record(told('completed', { payload: { From: '+1' } }));
    expect(draft.run).toMatchObject({ from: '', to: '', context: {}, facts: {}, erasedAt: NOON });
    expect(draft.newEvents.map(({ payload }) => payload)).toEqual([null, null]);
  });
});
