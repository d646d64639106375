import { describe, expect, test } from '@jest/globals';
import { at, NOON, recorded } from '../../../test/support/call-builders.js';
import { callEvent, type RecordedEvent } from '../ledger/call-event.js';
import { SESSION_ENDS, type SessionEnd } from './live-sessions.js';
import {
  generationOf,
  streamEnded,
  streamLeftBehind,
  streamMoved,
  streamStarted,
} from './stream-events.js';
import { StreamHistory } from './stream-history.js';
import type { StreamState } from './stream-states.js';

const which = (generation: number) => ({ generation, streamId: `MZ${generation}` });
const started = (generation: number, instance = 'here') =>
  recorded(streamStarted(which(generation), { instance, gapMs: null }));
const ended = (generation: number, cause: SessionEnd, receivedAt = NOON) =>
  recorded(streamEnded(which(generation), cause), receivedAt);
const moved = (generation: number) => recorded(streamMoved(which(generation)));
/** An event as version 0.1 wrote it. */
const unnumbered = (stream: 'started' | 'ended', streamId: string, cause?: SessionEnd) =>
  recorded(
    callEvent({ type: 'stream', source: 'media', detail: { stream, stream_id: streamId, cause } }),
  );
const of = (...events: RecordedEvent[]) => new StreamHistory(events);

describe('the streams of a call', () => {
  test('are none before one has begun, whatever else the timeline holds', () => {
    const carriers = callEvent({
      type: 'stream',
      source: 'status-callback',
      detail: { carrier: 'stream-started', stream_id: 'MZ1' },
    });
    for (const history of [of(), of(recorded(carriers))]) {
      expect(history).toMatchObject({
        generation: 0,
        state: null,
        instance: null,
        lastEnd: null,
        isGone: false,
        hasStreamed: false,
      });
      expect(history.isOpen(0)).toBe(false);
    }
  });

  test('are described by the newest: where it is, and that it is live', () => {
    const history = of(started(1, 'there'), ended(1, 'lost'), started(2));
    expect(history).toMatchObject({
      generation: 2,
      state: 'live',
      instance: 'here',
      lastEnd: null,
      isGone: false,
      hasStreamed: true,
    });
    expect([1, 2, 3].map((generation) => history.isOpen(generation))).toEqual([false, true, false]);
  });

  test.each<[SessionEnd, StreamState]>([
    ['stop', 'over'],
    ['lost', 'lost'],
    ['going-away', 'moving'],
    ['taken-over', 'lost'],
    ['agent-ended', 'over'],
    ['agent-failed', 'over'],
    ['hung-up', 'over'],
    ['protocol', 'lost'],
    ['call-ended', 'over'],
  ])('after an end by %s: %s', (cause, state) => {
    const history = of(started(1), ended(1, cause, at(3)));
    expect(history).toMatchObject({ state, isGone: true, lastEnd: { cause, at: at(3) } });
  });

  test.each<[string | undefined, StreamState]>([
    ['moving', 'moving'],
    ['lost', 'lost'],
    ['over', 'over'],
    // A state of a later release, too.
    ['handed-over', 'lost'],
    [undefined, 'over'],
  ])('after an end for a reason of a later release, which calls them %p: %s', (state, expected) => {
    const { detail, ...event } = ended(1, 'lost');
    const news = { ...event, detail: { ...detail, cause: 'news', state } };
    expect(of(started(1), news).state).toBe(expected);
  });

  test('are not changed by the late end of an older one', () => {
    const history = of(started(1), started(2), ended(1, 'stop'));
    expect(history).toMatchObject({ generation: 2, state: 'live', isGone: false, lastEnd: null });
  });

  test('end once: the first report stays', () => {
    expect(of(started(1), ended(1, 'lost'), ended(1, 'stop')).state).toBe('lost');
    const again = { ...ended(1, 'stop'), outcome: 'duplicate' as const };
    expect(of(started(1), again).state).toBe('live');
  });

  test('are moving once they were asked to move, however the carrier ends them', () => {
    expect(of(started(1), moved(1)).state).toBe('moving');
    expect(of(started(1), moved(1)).isOpen(1)).toBe(true);
    expect(of(started(1), moved(1), ended(1, 'stop')).state).toBe('moving');
    expect(of(started(1), ended(1, 'stop'), moved(1)).state).toBe('moving');
    expect(of(started(1), moved(1), ended(1, 'stop'), started(2)).state).toBe('live');
  });

  test('are counted as lost since a given time, except those that were moved and those that are over', () => {
    const history = of(
      ...[1, 2, 3, 4, 5].map((generation) => started(generation)),
      ended(1, 'lost', at(1)),
      ended(2, 'protocol', at(2)),
      ended(3, 'going-away', at(3)),
      moved(4),
      ended(4, 'lost', at(4)),
      ended(5, 'stop', at(5)),
    );
    expect(history.lossesSince(NOON)).toBe(2);
    expect(history.lossesSince(at(2))).toBe(1);
    expect(history.lossesSince(at(3))).toBe(0);
  });

  test('are counted as lost also where the carrier was told afterwards what follows', () => {
    const history = of(started(1), ended(1, 'lost', at(1)), moved(1));
    expect(history).toMatchObject({ state: 'moving', wasGivenUp: false });
    expect(history.lossesSince(NOON)).toBe(1);
  });
});

describe('a timeline of version 0.1', () => {
  test('counts its streams in the order in which they began', () => {
    const history = of(
      unnumbered('started', 'MZ1'),
      unnumbered('ended', 'MZ1', 'lost'),
      unnumbered('started', 'MZ1'),
      unnumbered('started', 'MZ2'),
      unnumbered('ended', 'MZ1', 'taken-over'),
    );
    expect(history).toMatchObject({ generation: 3, state: 'live', instance: null });
    expect([1, 2, 3].map((generation) => history.isOpen(generation))).toEqual([false, false, true]);
    expect(history.lossesSince(NOON)).toBe(2);
  });

  test('continues with streams that are counted', () => {
    const old = [unnumbered('started', 'MZ1'), unnumbered('ended', 'MZ1', 'lost')];
    expect(of(...old, started(2), ended(2, 'stop'))).toMatchObject({
      generation: 2,
      state: 'over',
    });
  });
});

test('an event names the stream that it is about, under the names of both versions', () => {
  const event = streamStarted(which(3), { instance: 'here', gapMs: 120 });
  expect(event.detail).toEqual({
    stream: 'started',
    step: 'started',
    generation: 3,
    stream_id: 'MZ3',
    instance: 'here',
    gap_ms: 120,
  });
  expect(generationOf(event)).toBe(3);
  expect(generationOf(callEvent({ type: 'agent', source: 'media', detail: { generation: 2 } }))) //
    .toBe(2);
  expect(generationOf(unnumbered('started', 'MZ1'))).toBeNull();
  expect(generationOf(callEvent({ type: 'other', source: 'media', detail: { generation: 2 } }))) //
    .toBeNull();
  for (const cause of SESSION_ENDS) {
    const { detail } = streamEnded(which(1), cause);
    expect(detail).toMatchObject({ stream: 'ended', cause });
    // Releases that do not know the cause go by the state.
    const elsewhere = recorded({
      ...streamEnded(which(1), cause),
      detail: { ...detail, cause: '' },
    });
    expect(of(started(1), elsewhere).state).toBe(of(started(1), ended(1, cause)).state);
  }
});

describe('a stream that we gave up', () => {
  const left = (generation: number) => recorded(streamLeftBehind(which(generation), 'there'));

  test('is one that we moved, or whose process is gone, until the carrier was told', () => {
    expect(of(started(1)).wasGivenUp).toBe(false);
    expect(of(started(1), ended(1, 'lost')).wasGivenUp).toBe(false);
    expect(of(started(1), ended(1, 'stop')).wasGivenUp).toBe(false);
    for (const end of [ended(1, 'going-away'), left(1)]) {
      expect(of(started(1), end)).toMatchObject({ wasGivenUp: true, streamId: 'MZ1' });
      expect(of(started(1), end, moved(1)).wasGivenUp).toBe(false);
      expect(of(started(1), end, started(2)).wasGivenUp).toBe(false);
    }
  });

  test('is lost where its process is gone, and not counted among the losses', () => {
    const history = of(started(1), left(1), started(2), ended(2, 'lost'));
    expect(of(started(1), left(1)).state).toBe('lost');
    expect(history.lossesSince(NOON)).toBe(1);
  });

  test('is still to be followed by another when the carrier stops it after it was told', () => {
    expect(of(started(1), moved(1), ended(1, 'stop')).state).toBe('moving');
    expect(of(started(1), left(1), moved(1), ended(1, 'stop')).state).toBe('moving');
  });
});
