import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Echo, EchoPath } from '../../tools/bench/ear/plan.js';
import { SeededRandom } from '../../tools/carrier/random.js';
import { printTable, rowOf, type Row } from '../support/ear-table.js';
import { EarTrials } from '../support/ear-trials.js';
import { LONG } from '../support/patience.js';
import { baby, chords, laugh, piano, vacuum, violin } from '../support/played-sounds.js';
import { hasRecordedVoices, recordedVoices } from '../support/recorded-voices.js';
import { inTurn, silence } from '../support/test-signals.js';
import { atLevel, lasting, STOPS, voice } from '../support/voices.js';

// The loop closed in real time: callers on phones that are heard by themselves, in a process of their own; the compiled
// service with its voice model in a thread; sockets between. SYN: voices by espeak-ng; REAL: recorded ones, where
// Debian's packages are installed. Positions in what the caller said are compared, and trials in which a process was
// late are made again.

const AT_ONCE = 48;
/** So often is tried again what says nothing since a process was late. */
const ROUNDS = 3;
/** Of a core: the model decides, also where many calls have music at a time. */
const MODEL_PERCENT = 60;
const TIMEOUT_MS = 900_000;
/** Longer than any trial. */
const SPEECH_MS = 42_000;
const AGENT_FROM_MS = 200;

const ECHOES = [-15, -20, -25, -30, -35, -40];
const OVER = [-20, -25, -30];
const DELAYS_MS = [60, 100, 240, 340, 480, 560];
const PATHS: readonly EchoPath[] = ['plain', 'room', 'clipped'];
const LEVELS = [-20, -26, -38];
const QUESTIONS = ['question', 'question-f', 'moment', 'wait'];
/** Of a cell that is told as a part of its trials. */
const TRIALS = 106;
const PAUSES_MS = [200, 300, 400, 500, 640];
const BEHIND = [-30, -40];
const BEHIND_MUSIC = [-20, -30];
const BACKGROUNDS: Record<string, () => Int16Array> = {
  babble: () => voice('babble'),
  violin,
  piano,
  chords,
  vacuum,
  baby,
  laugh,
};

interface Voices {
  kind: string;
  /** By the digits of their agents. */
  speeches: string[];
  sentences: Int16Array[];
  words: Int16Array[];
  songs: Int16Array[];
}

const random = new SeededRandom(4);
const frames = (ms: number): number => Math.ceil(ms / 20) * 20;
const some = <T>(items: readonly T[], n: number): T => items[n % items.length] as T;

(LONG ? describe : describe.skip)('callers on phones, in real time', () => {
  const trials = new EarTrials();
  const kinds = ['SYN', ...(hasRecordedVoices ? ['REAL'] : [])];
  const all = new Map<string, Voices>();
  const voices = (kind: string): Voices => all.get(kind)!;
  let rows = new Map<string, Row>();
  const row = (cell: string): Row => rows.get(cell)!;

  beforeAll(async () => {
    const speech = (agent: Int16Array): string =>
      trials.speech(lasting(atLevel(agent, -18), SPEECH_MS));
    all.set('SYN', {
      kind: 'SYN',
      speeches: [speech(voice('agent'))],
      sentences: QUESTIONS.map(voice),
      words: STOPS.map(voice),
      songs: [violin(), piano(), chords()],
    });
    if (hasRecordedVoices) {
      const { agents, ...recorded } = recordedVoices();
      all.set('REAL', { kind: 'REAL', speeches: agents.map(speech), ...recorded });
    }
    await trials.start(MODEL_PERCENT);
  }, TIMEOUT_MS);
  afterAll(() => trials.stop());

  const run = async (): Promise<void> => {
    const { cells, outcomes } = await trials.run(AT_ONCE, ROUNDS);
    rows = new Map([...cells].map(([cell, tried]) => [cell, rowOf(tried)]));
    printTable(rows, outcomes);
  };

  describe('that are heard by themselves', () => {
    beforeAll(async () => {
      for (const { kind, speeches } of all.values()) {
        for (const db of ECHOES) {
          for (let n = 0; n < DELAYS_MS.length * PATHS.length; n += 1) {
            const path = some(PATHS, Math.floor(n / DELAYS_MS.length));
            const echo: Echo = { db, delayMs: some(DELAYS_MS, n), path };
            const scene = { agentFromMs: AGENT_FROM_MS, ms: 12_000, echo };
            trials.add(`${kind} echo ${db}`, { ...scene, speech: some(speeches, n) });
          }
        }
      }
      await run();
    }, TIMEOUT_MS);

    describe.each(kinds)('with %s agents', (kind) => {
      it.each(ECHOES)('at %d dB: nothing is given up', (db) => {
        const { givenUpAMinute, pausesAMinute, valid } = row(`${kind} echo ${db}`);
        expect(valid).toBeGreaterThanOrEqual(12);
        expect(givenUpAMinute).toBe(0);
        expect(pausesAMinute).toBeLessThanOrEqual(0.5);
      });
    });
  });

  describe('who talk over an echo', () => {
    beforeAll(async () => {
      for (const { kind, speeches, sentences } of all.values()) {
        for (const [n, db] of OVER.flatMap((one) => Array<number>(TRIALS).fill(one)).entries()) {
          const at = n % sentences.length;
          const sound = trials.sound(`${kind}-sentence-${at}`, () => atLevel(sentences[at]!, -26));
          const fromMs = 5_000 + frames(random.next() * 1_500);
          const echo: Echo = { db, delayMs: some([60, 240, 480], n), path: 'plain' };
          const speech = some(speeches, Math.floor(n / sentences.length));
          const ms = fromMs + 1_600;
          const caller = [{ sound, fromMs }];
          const scene = { speech, agentFromMs: AGENT_FROM_MS, ms, echo, caller };
          trials.add(`${kind} caller over ${db}`, scene, fromMs);
        }
      }
      await run();
    }, TIMEOUT_MS);

    describe.each(kinds)('with %s voices', (kind) => {
      it.each(OVER)('of %d dB at −26 dBov are given way to', (db) => {
        const { withinSecond, clearP50, valid } = row(`${kind} caller over ${db}`);
        expect(valid).toBeGreaterThanOrEqual(100);
        expect(withinSecond).toBeGreaterThanOrEqual(0.95);
        expect(clearP50).toBeLessThanOrEqual(240);
      });
    });
  });

  describe('who say one word', () => {
    beforeAll(async () => {
      for (const { kind, speeches, words } of all.values()) {
        for (const [n, db] of LEVELS.flatMap((one) => Array<number>(TRIALS).fill(one)).entries()) {
          const at = n % words.length;
          const sound = trials.sound(`${kind}-word-${at}-${db}`, () => atLevel(words[at]!, db));
          const fromMs = 3_000 + frames(random.next() * 1_000);
          const caller = [{ sound, fromMs }];
          const scene = { agentFromMs: AGENT_FROM_MS, ms: fromMs + 2_000, caller };
          trials.add(`${kind} word ${db}`, { ...scene, speech: some(speeches, n) }, fromMs);
        }
      }
      await run();
    }, TIMEOUT_MS);

    describe.each(kinds)('with %s voices', (kind) => {
      it.each([
        [-20, 0.95],
        [-26, 0.95],
        [-38, 0.85],
      ])('at %d dBov are given way to', (db, least) => {
        const { atAll, valid } = row(`${kind} word ${db}`);
        expect(valid).toBeGreaterThanOrEqual(100);
        expect(atAll).toBeGreaterThanOrEqual(least);
      });
    });
  });

  describe('who have others behind them, or go on after a pause', () => {
    beforeAll(async () => {
      const [speech] = voices('SYN').speeches as [string];
      addBackgrounds(trials, speech);
      addPauses(trials, speech);
      for (const { kind, songs } of all.values()) {
        const songsAt = songs.flatMap((_, at) => BEHIND_MUSIC.map((db) => [at, db] as const));
        for (const [n, db] of songsAt) {
          const background = trials.sound(`${kind}-song-${n}-${db}`, () => atLevel(songs[n]!, db));
          const scene = { speech, agentFromMs: AGENT_FROM_MS, again: true, ms: 40_000, background };
          trials.add(`${kind} music ${db}`, scene);
        }
      }
      await run();
    }, TIMEOUT_MS);

    it.each(PAUSES_MS)('of %d ms, in which the agent begins, are given way to', (pauseMs) => {
      const { valid, givenUpP95 } = row(`goes on after ${pauseMs}`);
      expect(valid).toBeGreaterThanOrEqual(12);
      expect(givenUpP95).toBeLessThanOrEqual(pauseMs === 640 ? 750 : 480);
    });

    it.each(Object.keys(BACKGROUNDS))('are heard over %s', (name) => {
      for (const db of BEHIND) {
        const { over, givenUpLast } = row(`background ${name} ${db}`);
        // A laugh is a voice, for which the agent has mostly stopped before.
        expect(over).toBeGreaterThanOrEqual(name === 'laugh' ? 1 : 8);
        expect(givenUpLast).toBeLessThanOrEqual(1_000);
      }
    });

    it.each(kinds.flatMap((kind) => BEHIND_MUSIC.map((db) => [kind, db] as const)))(
      '%s music at %d dBov ends no more than one utterance a minute',
      (kind, db) => {
        const { valid, givenUpAMinute } = row(`${kind} music ${db}`);
        expect(valid).toBeGreaterThanOrEqual(2);
        expect(givenUpAMinute).toBeLessThanOrEqual(1);
      },
    );
  });
});

function addPauses(trials: EarTrials, speech: string): void {
  for (const pauseMs of PAUSES_MS) {
    for (let n = 0; n < 20; n += 1) {
      const name = some(['question', 'moment'], n);
      const words = atLevel(voice(name), -20);
      const said = (): Int16Array => inTurn(words, silence(pauseMs), words);
      const sound = trials.sound(`on-${name}-${pauseMs}`, said);
      const firstMs = 1_000 + words.length / 8;
      const goesOnMs = firstMs + pauseMs;
      const caller = [{ sound, fromMs: 1_000 }];
      const agentFromMs = frames(firstMs + 60);
      const scene = { speech, agentFromMs, ms: frames(goesOnMs + 1_500), caller };
      trials.add(`goes on after ${pauseMs}`, scene, goesOnMs);
    }
  }
}

function addBackgrounds(trials: EarTrials, speech: string): void {
  for (const [name, samples] of Object.entries(BACKGROUNDS)) {
    for (const db of BEHIND) {
      const background = trials.sound(`${name}-${db}`, () => atLevel(samples(), db));
      for (let n = 0; n < 12; n += 1) {
        const words = some(QUESTIONS, n);
        const sound = trials.sound(`${words}-18`, () => atLevel(voice(words), -18));
        const fromMs = 6_000 + frames(random.next() * 1_500);
        const caller = [{ sound, fromMs }];
        const scene = { speech, agentFromMs: 3_000, again: true, ms: fromMs + 1_600 };
        trials.add(`background ${name} ${db}`, { ...scene, background, caller }, fromMs);
      }
    }
  }
}
