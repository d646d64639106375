import { describe, expect, it } from '@jest/globals';
import { BusyVoiceModel, InlineVoiceModel } from '../../../test/support/ear-bench.js';
import { inTurn, mulawFrames, silence } from '../../../test/support/test-signals.js';
import { atLevel, voice } from '../../../test/support/voices.js';
import type { VoiceModel } from '../../audio/ear/voice-model.js';
import { Listening } from './listening.js';
import { Playout } from './playout.js';
import { TimerWheel } from './timer-wheel.js';

const inline = new InlineVoiceModel();
const WORDS = atLevel(voice('question'), -20);
const VOICE = mulawFrames(inTurn(silence(400), WORDS));
/** The first frames of a voice, too short to be one. */
const SOUND = mulawFrames(inTurn(silence(400), WORDS.subarray(0, 8 * 40), silence(1_000)));

interface Circumstances {
  pieceMs?: number;
  frames?: Buffer[];
  silentMs?: number;
  /** Once the agent is paused nothing is done for so long, and then the clock rings before anything is read. */
  heldUpMs?: number;
  model?: VoiceModel;
}

/**
 * A caller who speaks, by the clock, and what the agent does at each frame; the audio arrives in
 * pieces of this length. Afterwards the clock goes on without any audio.
 */
function overheard(
  agent: (playout: Playout, frame: number) => void,
  { pieceMs = 20, frames = VOICE, silentMs = 0, heldUpMs = 0, model = inline }: Circumstances = {},
) {
  let now = 0;
  const clears: number[] = [];
  let heard = 0;
  const wheel = new TimerWheel(() => now);
  const playout = new Playout({
    line: {
      audio: (audio) => {
        heard += audio.length;
        return true;
      },
      mark: () => true,
      clear: () => clears.push(now),
    },
    wheel,
    now: () => now,
    onFlood: () => undefined,
  });
  const steps: string[] = [];
  const listening = new Listening({
    playout,
    wheel,
    model,
    sensitivity: 'normal',
    mayEcho: true,
    bargeIn: true,
    heardMs: () => playout.heard() / 8,
    interrupt: () => playout.interrupt() / 8,
    onStep: (step, _heardMs, reason) =>
      steps.push(`${step}${step === 'resumed' ? `: ${reason}` : ''} ${now}`),
  });
  let stallMs = heldUpMs;
  let said = Buffer.alloc(0);
  frames.forEach((frame, index) => {
    now = Math.max(now, index * 20);
    if (steps.length > 0) {
      now += stallMs;
      stallMs = 0;
    }
    wheel.turn(now);
    agent(playout, index);
    said = Buffer.concat([said, frame]);
    for (; said.length >= pieceMs * 8; said = said.subarray(pieceMs * 8)) {
      listening.hear(said.subarray(0, pieceMs * 8), now);
    }
  });
  for (const end = now + silentMs; now < end; now += 5) wheel.turn(now);
  listening.end();
  playout.end();
  return { steps, heard, clears };
}

/** The agent begins to say ten seconds with the fifth frame. */
const speaks = (playout: Playout, frame: number): void => {
  if (frame === 5) playout.write(Buffer.alloc(80_000, 0xff));
};

describe('a caller who talks over the agent', () => {
  const { steps, clears } = overheard(speaks);
  const pausedAt = clears[0] as number;

  it('silences the agent at the first sign, and takes the turn when it is certain', () => {
    expect(steps).toEqual([`paused ${pausedAt}`, expect.stringMatching(/^given_up \d+$/)]);
    expect(pausedAt).toBeGreaterThan(400);
    expect(pausedAt).toBeLessThanOrEqual(600);
  });

  it.each([10, 30, 40])('is heard no later in pieces of %i ms than they take', (pieceMs) => {
    const pieces = overheard(speaks, { pieceMs });
    expect(pieces.steps.map((step) => step.split(' ')[0])).toEqual(['paused', 'given_up']);
    expect(pieces.clears).toHaveLength(1);
    expect(pieces.clears[0]).toBeGreaterThanOrEqual(pausedAt);
    expect(pieces.clears[0]).toBeLessThanOrEqual(pausedAt + pieceMs);
  });

  it('by the pitch where the voice model has no time', () => {
    const pitch = overheard(speaks, { model: new BusyVoiceModel() });
    expect(pitch.steps.map((step) => step.split(' ')[0])).toEqual(['paused', 'given_up']);
  });

  it('finds the voice model ready: it is told when the call begins', () => {
    const model = new BusyVoiceModel();
    let prepared = 0;
    model.prepare = () => void (prepared += 1);
    overheard(() => undefined, { model, frames: [] });
    expect(prepared).toBe(1);
  });

  it('as the last of it is being heard: the agent’s next words are heard all the same', () => {
    const frame = pausedAt / 20;
    const late = overheard((playout, index) => {
      // What went out 20 ms ago has arrived, and is heard when a clear would come.
      if (index === frame - 2) playout.write(Buffer.alloc(320, 0xff));
      if (index === frame + 30) playout.write(Buffer.alloc(320, 0xff));
    });
    expect(late.steps.filter((step) => step.startsWith('given_up'))).toEqual([]);
    expect(late.heard).toBeGreaterThanOrEqual(640);
  });
});

describe('the agent goes on', () => {
  it('after a sound that was too short to be speech', () => {
    const { steps, heard } = overheard(speaks, { frames: SOUND });
    expect(steps).toEqual([
      expect.stringMatching(/^paused /),
      expect.stringMatching(/^resumed: nothing /),
    ]);
    expect(heard).toBeGreaterThan(400 * 8);
  });

  it('not because this process was held up: what came meanwhile is heard first', () => {
    const { steps } = overheard(speaks, { heldUpMs: 600 });
    expect(steps.map((step) => step.split(' ')[0])).toEqual(['paused', 'given_up']);
  });

  it('300 ms after the last audio that came', () => {
    const frames = SOUND.slice(0, 24);
    const { steps } = overheard(speaks, { frames, silentMs: 1_000 });
    const lastAt = 23 * 20;
    expect(steps).toEqual([expect.stringMatching(/^paused /), `resumed: no_media ${lastAt + 300}`]);
  });
});
