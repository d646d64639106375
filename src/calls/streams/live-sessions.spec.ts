import { expect, test } from '@jest/globals';
import { LiveSessions, type LiveSession } from './live-sessions.js';

function session(runId: number, streamId: string): LiveSession {
  const quality = {
    framesIn: 0,
    framesOut: 0,
    filledMs: 0,
    framesLate: 0,
    jitterMs: 0,
    recentPauseMs: null,
    firstAudioMs: null,
  };
  return {
    runId,
    streamId,
    generation: 1,
    lastAudioAt: 0,
    waitingMs: 0,
    quality,
    keep: () => undefined,
    sendDigits: () => false,
    tellMachine: () => undefined,
    end: () => undefined,
  };
}

test('a run’s live stream is found while it is live', () => {
  const sessions = new LiveSessions();
  const stream = session(1, 'MZ1');
  sessions.add(stream);
  expect(sessions.find(1)).toBe(stream);
  expect(sessions.find(2)).toBeNull();
  sessions.remove(stream);
  expect(sessions.find(1)).toBeNull();
  sessions.remove(stream);
  expect(sessions.size).toBe(0);
});

test('a run has one live stream: the newest', () => {
  const sessions = new LiveSessions();
  const [older, newer] = [session(1, 'MZ1'), session(1, 'MZ2')];
  sessions.add(older);
  sessions.add(newer);
  expect(sessions.size).toBe(1);
  expect(sessions.find(1)).toBe(newer);
});

test('an older stream that ends late does not remove the newer one', () => {
  const sessions = new LiveSessions();
  const [older, newer] = [session(1, 'MZ1'), session(1, 'MZ2')];
  sessions.add(older);
  sessions.add(newer);
  sessions.remove(older);
  expect(sessions.find(1)).toBe(newer);
});

test('the list of all is a copy: sessions may end during the iteration', () => {
  const sessions = new LiveSessions();
  const streams = [session(1, 'MZ1'), session(2, 'MZ2')];
  for (const stream of streams) sessions.add(stream);
  for (const stream of sessions.all()) sessions.remove(stream);
  expect(sessions.all()).toEqual([]);
});
