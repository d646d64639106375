import { describe, expect, it } from '@jest/globals';
import { mulawFrames, silence, speech, inTurn } from '../../../test/support/test-signals.js';
import { TurnDetector } from '../../audio/turn-detector.js';
import { BargeIn } from './barge-in.js';
import { Playout } from './playout.js';
import { TimerWheel } from './timer-wheel.js';

const VOICE = mulawFrames(inTurn(silence(400), speech({ ms: 1_500, dbov: -20 })));
/** The frame with which the detector says so. */
const frameOf = (event: string): number => {
  const detector = new TurnDetector();
  return VOICE.findIndex((frame) => detector.push(frame) === event);
};

/**
 * A caller who speaks, by the clock, and what the agent does at each frame; the audio arrives in
 * pieces of this length.
 */
function overheard(agent: (playout: Playout, frame: number) => void, pieceMs = 20) {
  let now = 0;
  const clears: number[] = [];
  let heard = 0;
  const playout = new Playout({
    line: {
      audio: (audio) => {
        heard += audio.length;
        return true;
      },
      mark: () => true,
      clear: () => clears.push(now),
    },
    wheel: new TimerWheel(() => now),
    now: () => now,
    onFlood: () => undefined,
  });
  let turns = 0;
  const bargeIn = new BargeIn(playout, () => {
    turns += 1;
    playout.interrupt();
  });
  let said = Buffer.alloc(0);
  VOICE.forEach((frame, index) => {
    now = index * 20;
    agent(playout, index);
    said = Buffer.concat([said, frame]);
    for (; said.length >= pieceMs * 8; said = said.subarray(pieceMs * 8)) {
      bargeIn.hear(said.subarray(0, pieceMs * 8));
    }
  });
  playout.end();
  return { turns, heard, clears };
}

describe('a caller who talks over the agent', () => {
  const [started, confirmed] = [frameOf('started'), frameOf('confirmed')];

  it('silences the agent at the first sign, and takes the turn when it is certain', () => {
    const { turns, clears } = overheard((playout, frame) => {
      if (frame === started - 5) playout.write(Buffer.alloc(80_000));
    });
    expect(turns).toBe(1);
    expect(clears).toEqual([started * 20]);
  });

  it.each([10, 30, 40])('is heard no later in pieces of %i ms than they take', (pieceMs) => {
    const { turns, clears } = overheard((playout, frame) => {
      if (frame === started - 5) playout.write(Buffer.alloc(80_000));
    }, pieceMs);
    expect(turns).toBe(1);
    expect(clears).toHaveLength(1);
    expect(clears[0]).toBeGreaterThanOrEqual(started * 20);
    expect(clears[0]).toBeLessThanOrEqual(started * 20 + pieceMs);
  });

  it('as the last of it is being heard: the agent’s next words are heard all the same', () => {
    const { turns, heard } = overheard((playout, frame) => {
      // What went out 20 ms ago has arrived, and is heard when a clear would come.
      if (frame === started - 1) playout.write(Buffer.alloc(160));
      if (frame === confirmed + 3) playout.write(Buffer.alloc(320));
    });
    expect(turns).toBe(0);
    expect(heard).toBe(480);
  });
});
