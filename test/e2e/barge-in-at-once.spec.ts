import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PhonesOutcome } from '../../tools/bench/ear/plan.js';
import { EarTrials, type Tried } from '../support/ear-trials.js';
import { LONG } from '../support/patience.js';
import { atLevel, lasting, voice } from '../support/voices.js';

// A hundred callers interrupt in the same moment, which is more than the voice model has time for; others only listen.

const AT_ONCE = 100;
const OTHERS = 20;
const QUESTIONS = ['question', 'question-f', 'moment', 'wait'];
const FROM_MS = 5_000;
/** As it is set unless somebody says otherwise. */
const MODEL_PERCENT = 10;
const MS = 8_000;
/** In which they interrupt. */
const WINDOW_MS = 1_500;
const ECHO = { db: -30, delayMs: 240, path: 'plain' } as const;
const ROUNDS = 3;
/** Of the phones' frames at p99. */
const LATE_MS = 5;
const TIMEOUT_MS = 300_000;

(LONG ? describe : describe.skip)('a hundred callers at once', () => {
  const trials = new EarTrials();
  let callers: Tried[] = [];
  let others: Tried[] = [];

  beforeAll(async () => {
    const speech = trials.speech(lasting(atLevel(voice('agent'), -18), MS));
    const sounds = QUESTIONS.map((name) => trials.sound(name, () => atLevel(voice(name), -26)));
    await trials.start(MODEL_PERCENT);
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (let n = 0; n < AT_ONCE + OTHERS; n += 1) {
        const scene = { speech, agentFromMs: 200, ms: MS, echo: ECHO };
        const caller = [{ sound: sounds[n % sounds.length] as string, fromMs: FROM_MS }];
        if (n < AT_ONCE) trials.add('callers', { ...scene, caller }, FROM_MS);
        else trials.add('others', scene);
      }
      const { cells, outcomes } = await trials.run(AT_ONCE + OTHERS, 1);
      callers = cells.get('callers') ?? [];
      others = cells.get('others') ?? [];
      print(callers, others, outcomes);
      // Else the machine had other work, and the round says nothing.
      if ((outcomes[0]?.lateP99Ms ?? 0) <= LATE_MS) break;
    }
  }, TIMEOUT_MS);
  afterAll(() => trials.stop());

  it('are given way to, each within a second', () => {
    expect(callers).toHaveLength(AT_ONCE);
    for (const { givenUpMs, givenUpBefore } of callers) {
      expect(givenUpBefore).toBe(0);
      expect(givenUpMs).toBeLessThanOrEqual(1_000);
    }
  });

  it('are no gap in what others hear: at p99 at most 30 ms between two frames', () => {
    expect(others).toHaveLength(OTHERS);
    expect(others.flatMap(({ seen }) => seen.givenUpMs)).toEqual([]);
    expect(longGapsIn(others, FROM_MS, FROM_MS + WINDOW_MS)).toBeLessThanOrEqual(0.01);
  });
});

/** The share of gaps of more than 30 ms. */
function longGapsIn(tried: readonly Tried[], from: number, to: number): number {
  const long = tried
    .flatMap(({ seen }) => seen.longGaps)
    .filter(({ atMs }) => atMs > from && atMs <= to);
  return long.length / ((tried.length * (to - from)) / 20);
}

function print(
  callers: readonly Tried[],
  others: readonly Tried[],
  [outcome]: readonly PhonesOutcome[],
): void {
  const ends = callers.map(({ givenUpMs }) => givenUpMs).sort((a, b) => a - b);
  const clears = callers.map(({ clearMs }) => clearMs).sort((a, b) => a - b);
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  console.info(
    `${ends.length} at once: clear p50 ${clears[AT_ONCE / 2]}; given up p50 ${ends[AT_ONCE / 2]}, p95 ${ends[AT_ONCE * 0.95 - 1]}, last ${ends.at(-1)} ms; ` +
      `gaps over 30 ms before ${percent(longGapsIn(others, FROM_MS - WINDOW_MS, FROM_MS))}, meanwhile ${percent(longGapsIn(others, FROM_MS, FROM_MS + WINDOW_MS))}; ` +
      `late at p99: phones ${outcome?.lateP99Ms}, gateway ${outcome?.loopLateP99Ms.toFixed(1)} ms; ` +
      `windows of the voice model ${outcome?.windows}, without time ${outcome?.refused}`,
  );
}
