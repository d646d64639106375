import { beforeAll, describe, expect, it } from '@jest/globals';
import { InlineVoiceModel, turnsIn } from '../../../test/support/ear-bench.js';
import { LONG } from '../../../test/support/patience.js';
import { chords, piano, vacuum, violin } from '../../../test/support/played-sounds.js';
import { inTurn, noise, silence, tones } from '../../../test/support/test-signals.js';
import { turnOf } from '../../../test/support/turn-bench.js';
import { atLevel, lasting, STOPS, voice } from '../../../test/support/voices.js';
import { Turns } from './turns.js';

// When a turn is told to begin and to end, on the sounds on which the ear is tried: early, late, never.

const QUESTIONS = ['question', 'question-f', 'moment', 'wait'];
const WORDS = LONG ? [...QUESTIONS, ...STOPS] : ['question', 'moment', ...STOPS.slice(0, 2)];
const BACKGROUNDS = {
  quiet: null,
  noise: noise(4_000, -20, 5),
  babble: voice('babble'),
  violin: violin(),
  piano: piano(),
  chords: chords(),
  vacuum: vacuum(),
};

let model: InlineVoiceModel;
beforeAll(() => {
  model = new InlineVoiceModel();
});

const told = (words: Int16Array, background: Int16Array | null, backgroundDb: number) =>
  turnOf(model, words, background, backgroundDb);

describe('a turn of the caller’s', () => {
  it.each(Object.keys(BACKGROUNDS) as Array<keyof typeof BACKGROUNDS>)(
    'over %s begins within 400 ms, with its first sound, and is over once 600 ms were silent',
    (name) => {
      for (const level of LONG ? [-20, -26, -38] : [-20]) {
        for (const word of WORDS) {
          const words = atLevel(voice(word), level);
          const { turns, startMs, beganMs, endMs } = told(words, BACKGROUNDS[name], level - 20);
          expect(startMs).toBeGreaterThan(0);
          expect(startMs).toBeLessThanOrEqual(400);
          expect(beganMs).toBeGreaterThanOrEqual(-200);
          expect(beganMs).toBeLessThanOrEqual(60);
          // A soft end of a word is silence already.
          expect(endMs).toBeGreaterThanOrEqual(440);
          expect(endMs).toBeLessThanOrEqual(700);
          // A crowd is one only once it has gone on for a while.
          if (name !== 'babble') expect(turns).toBe(1);
        }
      }
    },
  );

  it.each([200, 300, 400, 500])('goes on over a pause of %d ms in it', (pauseMs) => {
    const words = atLevel(voice('moment'), -26);
    const { turns, endMs } = told(inTurn(words, silence(pauseMs), words), null, 0);
    expect([turns, endMs <= 700]).toEqual([1, true]);
  });

  it('is two over a pause that is longer than silence may be', () => {
    const words = atLevel(voice('moment'), -26);
    expect(told(inTurn(words, silence(900), words), null, 0).turns).toBe(2);
  });

  it('takes no more than twenty windows of the model', () => {
    const before = model.windows;
    told(atLevel(voice('question'), -26), null, 0);
    expect(model.windows - before).toBeLessThanOrEqual(20);
  });

  it('over what the agent says begins with the caller, and not with the agent’s echo', () => {
    const caller = atLevel(voice('question'), -26);
    const agent = lasting(atLevel(voice('agent'), -18), 9_000);
    const echo = { db: -25, delayMs: 240 };
    const [turn, ...more] = turnsIn({ ms: 9_000, agent, echo, caller, callerFromMs: 5_000 }, model);
    expect(more).toEqual([]);
    expect(turn?.startedAtMs).toBeGreaterThan(5_000);
    expect(turn?.startedAtMs).toBeLessThanOrEqual(5_500);
    expect(turn?.endedAtMs).toBeLessThan(9_000);
  });

  it.each([
    ['music', chords()],
    ['keys', tones([770, 1336], { ms: 4_000, dbov: -20 })],
    ['noise', noise(4_000, -20, 5)],
  ])('is not begun by %s', (_, sound) => {
    const background = lasting(atLevel(sound, -20), 5_000);
    expect(turnsIn({ ms: 5_000, background }, model)).toEqual([]);
  });
});

describe('a turn by its clock', () => {
  const made = (isOpen: boolean) => {
    const heard: string[] = [];
    const turns = new Turns(600, isOpen, {
      onStarted: (agoMs) => heard.push(`started ${agoMs}`),
      onEnded: (silenceMs) => heard.push(`ended ${silenceMs}`),
    });
    return { turns, heard };
  };

  it('of an earlier stream ends when the caller is silent here, and has no second beginning', () => {
    const { turns, heard } = made(true);
    turns.begin();
    for (let n = 0; n < 29; n += 1) turns.follow(false);
    expect(heard).toEqual([]);
    turns.follow(false);
    expect([heard, turns.isOpen]).toEqual([['ended 600'], false]);
  });

  it('ends a second after the last audio, if none comes any more', () => {
    const { turns, heard } = made(false);
    expect(turns.deadline(0)).toBeNull();
    turns.follow(true);
    turns.begin();
    expect(heard).toEqual(['started 120']);
    expect(turns.deadline(500)).toBe(1_500);
    turns.look(1_499, 500);
    turns.look(1_500, 500);
    turns.look(1_520, 500);
    expect(heard).toEqual(['started 120', 'ended 0']);
  });

  it('begins with 120 ms of evidence in half a second', () => {
    const { turns } = made(false);
    const evidence = [1, 0, 1, 0, 0, 1, 1, 0, 1].map((is) => turns.weigh(is === 1));
    expect(evidence).not.toContain(true);
    expect(turns.weigh(true)).toBe(true);
  });
});
