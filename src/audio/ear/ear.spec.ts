import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  BusyVoiceModel,
  heardIn,
  InlineVoiceModel,
  reaction,
  type Scene,
  type Told,
} from '../../../test/support/ear-bench.js';
import { LONG } from '../../../test/support/patience.js';
import { baby, chords, laugh, piano, vacuum, violin } from '../../../test/support/played-sounds.js';
import {
  click,
  cough,
  hum,
  inTurn,
  noise,
  silence,
  tones,
} from '../../../test/support/test-signals.js';
import { atLevel, lasting, STOPS, voice } from '../../../test/support/voices.js';

// The tables of what the ear was made for, on voices that espeak-ng spoke. Levels are those of the parts that are not silent, in dBov.

const AGENT = atLevel(voice('agent'), -18);
const QUESTIONS = ['question', 'question-f', 'moment', 'wait'];
/** Of the echo; the long form tries more of everything. */
const DELAYS_MS = LONG ? [60, 100, 240, 340, 480, 560] : [60, 480];

const count = (told: readonly Told[], step: string): number =>
  told.filter((one) => one.step === step).length;

let model: InlineVoiceModel;
beforeAll(() => {
  model = new InlineVoiceModel();
});
/** The agent speaks throughout. */
const speaking = (scene: Omit<Scene, 'agent'>): Scene => ({
  agent: lasting(AGENT, scene.ms),
  ...scene,
});
describe('an agent that comes back as an echo', () => {
  it.each([-15, -20, -25, -30, -35, -40])('%d dB weaker, does not interrupt itself', (db) => {
    for (const delayMs of DELAYS_MS) {
      const told = heardIn(speaking({ ms: LONG ? 12_000 : 8_000, echo: { db, delayMs } }), model);
      expect(count(told, 'given_up')).toBe(0);
      expect(count(told, 'paused')).toBe(0);
    }
  });

  it('interrupts itself where it is told that it cannot', () => {
    const scene = speaking({ ms: 4_000, echo: { db: -20, delayMs: 240 }, mayEcho: false });
    expect(count(heardIn(scene, model), 'given_up')).toBeGreaterThan(0);
  });

  it.each([-20, -25, -30])(
    '%d dB weaker, is given up for a caller who is louder than that',
    (db) => {
      const times = QUESTIONS.flatMap((name, n) =>
        (LONG ? DELAYS_MS : [DELAYS_MS[n % 2] ?? 60]).map((delayMs) => {
          const caller = atLevel(voice(name), -26);
          return reaction(
            speaking({ ms: 7_500, caller, callerFromMs: 5_000, echo: { db, delayMs } }),
            model,
          );
        }),
      );
      const givenUp = times.map(({ givenUpMs }) => givenUpMs).sort((a, b) => a - b);
      const paused = times.map(({ pausedMs }) => pausedMs).sort((a, b) => a - b);
      // Of all, one in twenty may be late.
      expect(givenUp[Math.ceil(0.95 * givenUp.length) - 1]).toBeLessThanOrEqual(1_000);
      expect(paused[Math.ceil(0.5 * paused.length) - 1]).toBeLessThanOrEqual(240);
    },
  );
});

describe('a caller who talks over the agent', () => {
  it.each([
    [-20, 1],
    [-26, 1],
    [-38, 0.8],
  ])('with a lone "stop" at %d dBov is heard by %d of six voices', (level, least) => {
    const heard = STOPS.filter((name) => {
      const caller = atLevel(voice(name), level);
      const scene = speaking({ ms: 6_000, caller, callerFromMs: 4_500 });
      return reaction(scene, model).givenUpMs < Infinity;
    });
    expect(heard.length / STOPS.length).toBeGreaterThanOrEqual(least);
  });

  it.each([200, 300, 400, 500])(
    'and went on after a pause of %d ms, in which the agent began, is heard within 480 ms',
    (pauseMs) => {
      const words = atLevel(voice('question'), -20);
      const caller = inTurn(words, silence(pauseMs), words);
      const wordsMs = Math.ceil(words.length / 160) * 20;
      const agentFromMs = 1_000 + wordsMs + 100;
      const scene: Scene = {
        ms: agentFromMs + 2_500,
        agent: lasting(AGENT, 2_500),
        agentFromMs: agentFromMs - (agentFromMs % 20),
        caller,
        callerFromMs: 1_000,
      };
      const goesOnAt = 1_000 + words.length / 8 + pauseMs;
      expect(reaction(scene, model, goesOnAt).givenUpMs).toBeLessThanOrEqual(480);
    },
  );

  const BACKGROUNDS = {
    babble: voice('babble'),
    violin: violin(),
    piano: piano(),
    chords: chords(),
    vacuum: vacuum(),
    baby: baby(),
    laugh: laugh(),
  };

  it.each(Object.keys(BACKGROUNDS) as Array<keyof typeof BACKGROUNDS>)(
    'is heard over %s, which itself does not end what the agent says, unless it is a voice',
    (name) => {
      for (const level of LONG ? [-30, -40] : [-30]) {
        const scene: Scene = {
          ms: 10_000,
          agent: lasting(AGENT, 7_000),
          agentFromMs: 3_000,
          background: lasting(atLevel(BACKGROUNDS[name], level), 10_000),
          caller: atLevel(voice('question'), -18),
          callerFromMs: 8_000,
        };
        const { givenUpMs, before } = reaction(scene, model);
        if (name !== 'laugh') expect(count(before, 'given_up')).toBe(0);
        expect(givenUpMs).toBeLessThanOrEqual(1_000);
      }
    },
  );

  it('is heard by the pitch alone where the model has no time', () => {
    const busy = new BusyVoiceModel();
    for (const name of LONG ? QUESTIONS : ['question', 'moment']) {
      const caller = atLevel(voice(name), -26);
      const scene = speaking({
        ms: 7_000,
        caller,
        callerFromMs: 5_000,
        echo: { db: -30, delayMs: 240 },
      });
      expect(reaction(scene, busy).givenUpMs).toBeLessThanOrEqual(1_000);
      const alone = speaking({ ms: 12_000, echo: { db: -25, delayMs: 240 } });
      expect(heardIn(alone, busy)).toEqual([]);
    }
  });
});

describe('what is no caller', () => {
  it.each([
    ['a violin', violin()],
    ['a piano', piano()],
    ['chords', chords()],
    ['keys', tones([770, 1336], { ms: 4_000, dbov: -20 })],
    ['a ring-back tone', tones([440, 480], { ms: 4_000, dbov: -20 })],
    ['noise that begins', noise(4_000, -20, 5)],
    ['hum', hum(4_000, -20)],
    ['breathy coughs', inTurn(cough(-15), silence(380), cough(-15, 300), silence(700))],
    ['typing', inTurn(click(), silence(140), click(), silence(60), click(), silence(260))],
  ])('such as %s, does not end what the agent says', (_, sound) => {
    for (const level of LONG ? [-20, -30, -40] : [-20]) {
      const background = lasting(atLevel(sound, level), LONG ? 10_000 : 4_000);
      const told = heardIn(speaking({ ms: background.length / 8, background }), model);
      expect(count(told, 'given_up')).toBe(0);
    }
  });

  it('wakes no model, on a quiet line or with an echo', () => {
    const before = model.windows;
    heardIn(speaking({ ms: 10_000 }), model);
    heardIn(speaking({ ms: 10_000, echo: { db: -25, delayMs: 240 } }), model);
    expect(model.windows).toBe(before);
  });
});

describe('how easily the agent is interrupted', () => {
  it('is a matter of its sensitivity', () => {
    const caller = atLevel(voice('question'), -26);
    const [low, normal, high] = (['low', 'normal', 'high'] as const).map((sensitivity) => {
      const scene = speaking({ ms: 6_500, caller, callerFromMs: 4_500, sensitivity });
      return reaction(scene, model).givenUpMs;
    }) as [number, number, number];
    expect(high).toBeLessThanOrEqual(normal);
    expect(normal).toBeLessThan(low);
    const soft = speaking({
      ms: 6_500,
      caller: atLevel(voice('question'), -54),
      callerFromMs: 4_500,
      sensitivity: 'low',
    });
    expect(heardIn(soft, model)).toEqual([]);
  });
});
