import { describe, expect, test } from '@jest/globals';
import { at, queuedRun, recorded } from '../../../test/support/call-builders.js';
import { callEvent, type RecordedEvent } from '../../calls/ledger/call-event.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { TERMINAL_STATUSES, type CallStatus } from '../../calls/ledger/call-status.js';
import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import { StreamHistory } from '../../calls/streams/stream-history.js';
import {
  decideAnswer,
  LATE_AFTER_MS,
  RESUMES_MAX,
  RESUMES_WINDOW_MS,
  sentenceBefore,
} from './decide-answer.js';

const NOW = at(600);

interface Situation {
  run?: Partial<CallRun>;
  timeline?: RecordedEvent[];
  hasLiveStream?: boolean;
  told?: CallStatus | null;
}

function decide({ run = {}, timeline = [], hasLiveStream = false, told = null }: Situation) {
  return decideAnswer(queuedRun(run), new StreamHistory(timeline), hasLiveStream, told, NOW);
}

/** The stream ended this many milliseconds ago. */
function ended(cause: SessionEnd, agoMs = 0): RecordedEvent {
  const detail = { stream: 'ended', cause };
  const when = new Date(NOW.getTime() - agoMs);
  return recorded(callEvent({ type: 'stream', source: 'media', detail }), when);
}

const lost = (times: number, agoMs = 0): RecordedEvent[] =>
  Array.from({ length: times }, () => ended('lost', agoMs));

describe('a carrier that asks about a call', () => {
  test('receives a stream, the first time and when it asks again', () => {
    expect(decide({})).toBe('stream');
    expect(decide({ run: { status: 'answered' }, told: 'answered' })).toBe('stream');
    expect(decide({ hasLiveStream: true })).toBe('stream');
  });

  test.each(TERMINAL_STATUSES)('hears "hang up" when the call is %s, here or there', (status) => {
    expect(decide({ run: { status } })).toBe('hangup');
    expect(decide({ told: status })).toBe('hangup');
    expect(decide({ told: status, hasLiveStream: true })).toBe('hangup');
  });

  test('receives "hang up" when one of our users or components wants the call ended', () => {
    expect(decide({ run: { hangupReason: 'api_hangup' }, hasLiveStream: true })).toBe('hangup');
    expect(decide({ run: { hangupReason: 'agent_hangup' } })).toBe('hangup');
  });

  test('receives the workflow’s sentence when the agent failed, and none for a call that is over', () => {
    const failed = { hangupReason: 'agent_failed', onFailure: 'Sorry.' } as const;
    expect(decide({ run: failed })).toBe('apologise');
    expect(decide({ run: { ...failed, onFailure: null } })).toBe('hangup');
    expect(decide({ run: failed, told: 'completed' })).toBe('hangup');
    expect(decide({ run: { ...failed, status: 'completed' } })).toBe('hangup');
  });
});

describe('after a stream', () => {
  test.each<SessionEnd>(['lost', 'going-away', 'taken-over', 'protocol'])(
    'that was %s, a new one',
    (cause) => {
      expect(decide({ timeline: [ended(cause)] })).toBe('stream');
    },
  );

  test.each<SessionEnd>(['stop', 'agent-ended', 'agent-failed', 'hung-up', 'call-ended'])(
    'that ended by %s, nothing more',
    (cause) => {
      expect(decide({ timeline: [ended(cause)] })).toBe('hangup');
    },
  );

  test('the last end decides', () => {
    expect(decide({ timeline: [ended('stop'), ended('lost')] })).toBe('stream');
    expect(decide({ timeline: [ended('lost'), ended('stop')] })).toBe('hangup');
  });

  test('a stream that is still live leads to a new one, however the one before ended', () => {
    expect(decide({ timeline: [ended('stop')], hasLiveStream: true })).toBe('stream');
  });

  test('a stream that is lost again and again is given up after five times within a minute', () => {
    expect(decide({ timeline: lost(RESUMES_MAX) })).toBe('stream');
    expect(decide({ timeline: lost(RESUMES_MAX + 1) })).toBe('give-up');
    expect(decide({ timeline: lost(RESUMES_MAX + 1, RESUMES_WINDOW_MS) })).toBe('give-up');
    expect(decide({ timeline: lost(RESUMES_MAX + 1, RESUMES_WINDOW_MS + 1) })).toBe('stream');
  });

  test('a stream that we moved leads to a new one, however often, and does not count as lost', () => {
    const moves = Array.from({ length: RESUMES_MAX + 1 }, () => ended('going-away'));
    expect(decide({ timeline: moves })).toBe('stream');
    expect(decide({ timeline: [...moves, ...lost(RESUMES_MAX)] })).toBe('stream');
    expect(decide({ timeline: [...moves, ...lost(RESUMES_MAX + 1)] })).toBe('give-up');
  });
});

describe('before a stream, the caller hears', () => {
  const run = { recording: true, recordingNotice: 'Recorded.', onResume: 'Thank you.' };
  const started = recorded(
    callEvent({ type: 'stream', source: 'media', detail: { stream: 'started' } }),
  );
  const hears = (timeline: RecordedEvent[], fields: Partial<CallRun> = {}) =>
    sentenceBefore(queuedRun({ ...run, ...fields }), new StreamHistory(timeline), NOW);

  test('that the call is recorded, before the first one alone', () => {
    expect(hears([])).toBe('Recorded.');
    expect(hears([], { recordingNotice: null })).toBeNull();
    expect(hears([], { recording: false })).toBeNull();
    expect(hears([started])).toBeNull();
    expect(hears([started, ended('lost')])).toBeNull();
  });

  test.each<[SessionEnd, number, string | null]>([
    ['lost', 0, null],
    ['lost', 2_900, null],
    ['lost', LATE_AFTER_MS, null],
    ['lost', 3_100, 'Thank you.'],
    ['going-away', 2_900, null],
    ['going-away', 3_100, 'Thank you.'],
  ])('after one that ended by %s %i ms ago: %j', (cause, agoMs, heard) => {
    expect(hears([started, ended(cause, agoMs)])).toBe(heard);
    expect(hears([started, ended(cause, agoMs)], { onResume: null })).toBeNull();
  });

  test('nothing when only an older one ended long ago', () => {
    const before = [started, ended('lost', 10_000), started];
    expect(hears(before)).toBeNull();
    expect(hears([...before, ended('lost', 100)])).toBeNull();
  });
});
