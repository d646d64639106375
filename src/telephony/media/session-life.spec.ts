import { describe, expect, it } from '@jest/globals';
import { MEDIA_LIMITS } from './limits.js';
import { overdueIn, type Life, type LifeTimes } from './session-life.js';
import { KeptFrames } from './stream-opening.js';
import type { Talk } from './talk.js';

const TALK = {} as Talk;
const kept = new KeptFrames();
const LIVE: Life = { is: 'live', talk: TALK };
const { startWithinMs, silenceMs, stopWithinMs, answerWithinMs, commitWithinMs } = MEDIA_LIMITS;

describe('what has taken too long in a stream’s life', () => {
  it.each<[string, Life, Partial<LifeTimes>, number, string]>([
    ['no start', { is: 'waiting' }, { lastFrameAt: startWithinMs }, startWithinMs, 'start'],
    ['no frame', LIVE, {}, silenceMs, 'frames'],
    ['no frame while it opens', { is: 'opening', kept }, {}, silenceMs, 'frames'],
    ['no stop', LIVE, { callOverAt: 0 }, stopWithinMs, 'stop'],
    [
      'no answer, though frames come',
      { is: 'starting', kept, talk: TALK, startedAt: 0 },
      { lastFrameAt: answerWithinMs },
      answerWithinMs,
      'answer',
    ],
    ['no commit', { is: 'ended', cause: 'lost', code: null, at: 0 }, {}, commitWithinMs, 'commit'],
  ])('%s', (_, life, times, atMs, overdue) => {
    const all = { openedAt: 0, lastFrameAt: 0, callOverAt: null, ...times };
    expect(overdueIn(life, all, atMs - 1)).toBeNull();
    expect(overdueIn(life, all, atMs)).toBe(overdue);
  });
});
