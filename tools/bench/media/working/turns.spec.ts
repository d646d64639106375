import { describe, expect, it } from '@jest/globals';
import { AGENTS_PACE, BARE_PACE, Talker } from './talker.js';
import { SEEDS, Turns } from './turns.js';

const MINUTE = 3_000;
const frames = Array.from({ length: 3 * MINUTE }, (_, frame) => frame);
const seeds = [0, 1, 37, SEEDS - 1];

describe('the turns of a working call', () => {
  it('give the agent 30 s of each minute and the caller 25 s and one second of interruption', () => {
    for (const seed of seeds) {
      const turns = new Turns(seed);
      expect(frames.filter((frame) => turns.isAgents(frame))).toHaveLength(3 * 1_500);
      expect(frames.filter((frame) => turns.callerTalks(frame))).toHaveLength(3 * 1_300);
      const interruptions = frames.filter((frame) => turns.isInterruption(frame));
      expect(interruptions).toHaveLength(3 * 50);
      expect(interruptions.every((frame) => turns.isAgents(frame))).toBe(true);
    }
  });

  it('are the same for the same seed, and somewhere else for another', () => {
    const [one, again, other] = [new Turns(7), new Turns(7), new Turns(8)];
    const talks = (turns: Turns) => frames.map((frame) => turns.callerTalks(frame));
    expect(talks(one)).toEqual(talks(again));
    expect(talks(one)).not.toEqual(talks(other));
  });
});

describe('a talker', () => {
  it.each([
    ['in pieces, ahead of what is heard', AGENTS_PACE],
    ['frame by frame', BARE_PACE],
  ])('says exactly its turns, %s', (_, pace) => {
    for (const seed of seeds) {
      const turns = new Turns(seed);
      const talker = new Talker(turns, pace);
      let waiting = 0;
      let heard = 0;
      let tooFarAhead = 0;
      for (const frame of frames) {
        waiting += talker.next(frame);
        if (waiting > Math.min(pace.ahead, turns.leftOfAgents(frame))) tooFarAhead += 1;
        if (waiting === 0) continue;
        waiting -= 1;
        heard += 1;
      }
      expect(tooFarAhead).toBe(0);
      expect(heard).toBe(frames.filter((frame) => turns.isAgents(frame)).length);
    }
  });

  it('begins again after it was cut off', () => {
    const talker = new Talker(new Turns(0), AGENTS_PACE);
    expect([talker.next(0), talker.next(1)]).toEqual([25, 0]);
    talker.cut();
    expect(talker.next(2)).toBe(25);
  });
});
