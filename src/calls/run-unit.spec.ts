import { describe, expect, test } from '@jest/globals';
import { at, NOON, queuedRun, SILENCE_MS, told, unitOf } from '../../test/support/call-builders.js';
import { callEvent } from './call-event.js';
import { DUPLICATES_KEPT, limitOf } from './run-unit.js';

const stream = (state: string) =>
  callEvent({ type: 'stream', source: 'media', detail: { stream: state } });

describe('what an event did on arrival', () => {
  test('applied when it is news, late when the call is further, late once it is over', () => {
    const unit = unitOf();
    expect(unit.record(told('ringing', { dedupeKey: 'r' }))).toBe('applied');
    expect(unit.record(told('initiated', { dedupeKey: 'i' }))).toBe('late');
    expect(unit.record(told('answered', { dedupeKey: 'a' }))).toBe('applied');
    expect(unit.record(told('answered', { dedupeKey: 'a2', source: 'media' }))).toBe('applied');
    expect(unit.record(told('completed', { dedupeKey: 'c' }))).toBe('applied');
    expect(unit.record(told('failed', { dedupeKey: 'f' }))).toBe('late');
    expect(unit.record(stream('ended'))).toBe('late');
    expect(unit.newEvents).toHaveLength(7);
    expect(unit.run.status).toBe('completed');
  });

  test('duplicate when its key was seen, in this transaction or before', () => {
    const unit = unitOf();
    const ringing = told('ringing', { dedupeKey: 'r' });
    expect([unit.record(ringing), unit.record(ringing)]).toEqual(['applied', 'duplicate']);
    const later = unitOf(unit.run, unit.timeline, at(1));
    expect(later.record(ringing)).toBe('duplicate');
    expect(later.run.status).toBe('ringing');
  });

  test('a duplicate of a call that is over is a duplicate, not late', () => {
    const unit = unitOf();
    const end = told('completed', { dedupeKey: 'c' });
    unit.record(end);
    expect(unit.record(end)).toBe('duplicate');
  });

  test('an event without a key is never a duplicate', () => {
    const unit = unitOf();
    expect([unit.record(stream('started')), unit.record(stream('started'))]) //
      .toEqual(['applied', 'applied']);
  });

  test('repetitions beyond the limit are counted, not kept', () => {
    const unit = unitOf();
    const ringing = told('ringing', { dedupeKey: 'r' });
    for (let i = 0; i < DUPLICATES_KEPT + 8; i += 1) unit.record(ringing);
    expect(unit.timeline).toHaveLength(DUPLICATES_KEPT + 1);
    expect(unit.run.duplicatesDropped).toBe(7);
    expect(unit.dirty).toBe(true);
    expect(unit.record(told('answered', { dedupeKey: 'a' }))).toBe('applied');
  });
});

describe('when the call is looked at next', () => {
  test('after a silence; never once it is over', () => {
    const unit = unitOf(queuedRun(), [], at(5));
    unit.record(told('ringing'));
    expect(unit.run.checkAt).toEqual(new Date(at(5).getTime() + SILENCE_MS));
    unit.record(told('busy'));
    expect(unit.run.checkAt).toBeNull();
  });

  test('at the end of its longest duration, if that comes first', () => {
    const unit = unitOf(queuedRun({ maxDurationSeconds: 30 }));
    unit.record(told('answered', { occurredAt: NOON }));
    expect(unit.run.checkAt).toEqual(at(32));
    expect(unit.limit).toEqual(at(32));
    expect(limitOf(queuedRun(), [])).toBeNull();
    expect(limitOf(queuedRun(), unit.timeline)).toBeNull();
  });

  test.each([-3_600, 3_600])(
    'the longest duration is measured on our clock, when the carrier’s is %i s apart',
    (apart) => {
      const first = unitOf(queuedRun({ maxDurationSeconds: 30 }), [], at(1));
      first.record(told('answered', { source: 'media', occurredAt: null }));
      const unit = unitOf(first.run, first.timeline, at(3));
      unit.record(told('answered', { occurredAt: at(apart) }));
      expect(unit.run.answeredAt).toEqual(at(apart));
      expect(unit.limit).toEqual(at(33));
    },
  );

  test('being hung up already, it has no longest duration to wait for', () => {
    const unit = unitOf(queuedRun({ maxDurationSeconds: 30, hangupReason: 'api_hangup' }));
    unit.record(told('answered'));
    expect(unit.run.checkAt).toEqual(new Date(NOON.getTime() + SILENCE_MS));
  });

  test('a stream that came back is not waited for', () => {
    const unit = unitOf(queuedRun({ checkAt: at(1) }));
    unit.record(stream('ended'));
    unit.record(stream('started'));
    expect(unit.run.checkAt).toEqual(new Date(NOON.getTime() + SILENCE_MS));
  });

  test('news do not put off what is being waited for: a hang-up, a stream that was lost', () => {
    const waiting = { checkAt: at(1), hangupReason: 'api_hangup' as const };
    const hangingUp = unitOf(queuedRun(waiting));
    hangingUp.record(told('ringing'));
    expect(hangingUp.run.checkAt).toEqual(at(1));
    const lost = unitOf(queuedRun({ checkAt: at(1) }));
    lost.record(stream('ended'));
    expect(lost.run.checkAt).toEqual(at(1));
  });
});

describe('a run that is over', () => {
  const ours = (status: 'failed' | 'canceled' | 'completed') =>
    told(status, { source: 'reconcile', providerStatus: null });

  test('is given up while only we say so', () => {
    for (const status of ['failed', 'canceled', 'completed'] as const) {
      const unit = unitOf();
      expect(unit.isGivenUp).toBe(false);
      unit.record(told('ringing'));
      expect(unit.isGivenUp).toBe(false);
      unit.record(ours(status));
      expect(unit.isGivenUp).toBe(true);
      unit.record(told('answered'));
      expect(unit.isGivenUp).toBe(true);
      unit.record(told('completed'));
      expect(unit.isGivenUp).toBe(false);
    }
  });

  test('is not given up when the carrier said so', () => {
    const unit = unitOf();
    unit.record(told('busy'));
    expect(unit.isGivenUp).toBe(false);
  });
});

describe('a change', () => {
  test('of a copy leaves the original as it was', () => {
    const unit = unitOf();
    const copy = unit.copy();
    copy.record(told('ringing'));
    copy.mintToken({ tokenHash: 'h', providerCallId: 'CA1', expiresAt: at(1) });
    copy.adoptCall('CA1', 'AC2');
    expect(unit.dirty).toBe(false);
    expect(unit.run).toEqual(queuedRun());
    expect([unit.timeline, unit.newEvents, unit.newTokens, unit.moves]).toEqual([[], [], [], []]);
  });

  test('the carrier’s id is adopted once, and answers whether the dial arrived', () => {
    const unit = unitOf();
    unit.record(told('submission-unknown', { source: 'reconcile' }));
    expect(unit.run.status).toBe('submission-unknown');
    unit.adoptCall('CA1', 'AC2');
    unit.adoptCall('CA2', 'AC3');
    expect(unit.run).toMatchObject({ status: 'queued', providerCallId: 'CA1', accountId: 'AC2' });
  });

  test('the first reason to hang up stays; an ended call has none', () => {
    const unit = unitOf();
    unit.requestHangup('agent_hangup');
    unit.requestHangup('api_hangup');
    expect(unit.run).toMatchObject({ hangupReason: 'agent_hangup', hangupRequestedAt: NOON });
    const ended = unitOf();
    ended.record(told('completed'));
    ended.requestHangup('api_hangup');
    expect(ended.run).toMatchObject({ hangupReason: null, endReason: 'caller_hangup' });
  });

  test('every move to another status is remembered, with the row as it was', () => {
    const unit = unitOf();
    for (const status of ['ringing', 'initiated', 'answered', 'completed', 'failed'] as const) {
      unit.record(told(status, { sequence: 1, source: 'reconcile' }));
    }
    expect(unit.moves.map(({ run }) => run.status)).toEqual(['ringing', 'answered', 'completed']);
  });

  test('an end that is corrected by one with a lower number is a move too', () => {
    const unit = unitOf();
    unit.record(told('completed', { sequence: 3 }));
    unit.record(told('canceled', { sequence: 2 }));
    expect(unit.moves.map(({ run }) => run.status)).toEqual(['completed', 'canceled']);
  });

  test('erased, the call keeps its timeline and none of its raw fields, also of what comes late', () => {
    const unit = unitOf(queuedRun({ context: { order: 7 }, facts: { name: 'Ada' } }));
    unit.record(told('completed', { payload: { From: '+1' } }));
    unit.erase();
    unit.record(told('completed', { payload: { From: '+1' } }));
    expect(unit.run).toMatchObject({ from: '', to: '', context: {}, facts: {}, erasedAt: NOON });
    expect(unit.newEvents.map(({ payload }) => payload)).toEqual([null, null]);
  });
});
