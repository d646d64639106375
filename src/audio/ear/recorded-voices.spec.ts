import { beforeAll, describe, expect, it } from '@jest/globals';
import { InlineVoiceModel } from '../../../test/support/ear-bench.js';
import { LONG } from '../../../test/support/patience.js';
import { hasRecordedVoices, recordedVoices } from '../../../test/support/recorded-voices.js';
import { noise } from '../../../test/support/test-signals.js';
import { turnOf, type WordsTold } from '../../../test/support/turn-bench.js';
import { atLevel } from '../../../test/support/voices.js';

// Turns of people who were recorded, by a clock that is passed in: early, late, never. In real time they are tried by
// test/e2e/barge-in-voices.spec.ts.

const LEVELS = [-20, -26, -38];
const BACKGROUNDS = { quiet: null, noise: noise(4_000, -20, 5) };
const BACKGROUND_BELOW_DB = 20;
const EARLY_MS = 0;
const LATE_MS = 500;
/** The end of a word is soft: it is silence before it is over. */
const ENDS_EARLY_MS = 300;
const ENDS_LATE_MS = 800;

const part = (told: readonly WordsTold[], is: (one: WordsTold) => boolean): number =>
  told.filter(is).length / told.length;
const quantile = (values: number[], share: number): number =>
  values.sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Infinity;

(LONG && hasRecordedVoices ? describe : describe.skip)('a turn of a recorded voice', () => {
  let model: InlineVoiceModel;
  let words: Int16Array[];
  beforeAll(() => {
    model = new InlineVoiceModel();
    const recorded = recordedVoices();
    words = [...recorded.words, ...recorded.sentences];
  });

  it.each(
    LEVELS.flatMap((level) =>
      (Object.keys(BACKGROUNDS) as Array<keyof typeof BACKGROUNDS>).map(
        (name) => [level, name] as const,
      ),
    ),
  )('at %d dBov over %s is told in time', (level, name) => {
    const told = words.map((samples) =>
      turnOf(model, atLevel(samples, level), BACKGROUNDS[name], level - BACKGROUND_BELOW_DB),
    );
    const never = part(told, ({ startMs }) => startMs === Infinity);
    const starts = told.map(({ startMs }) => startMs);
    const ends = told.map(({ endMs }) => endMs);
    const early = part(told, ({ startMs }) => startMs <= EARLY_MS);
    const late = part(told, ({ startMs }) => startMs > LATE_MS && startMs < Infinity);
    const endsEarly = part(told, ({ endMs }) => endMs < ENDS_EARLY_MS);
    const endsLate = part(told, ({ endMs }) => endMs > ENDS_LATE_MS && endMs < Infinity);
    const endsNever = part(told, ({ startMs, endMs }) => startMs < Infinity && endMs === Infinity);
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    console.info(
      `${told.length} at ${level} dBov over ${name}: begin p50 ${quantile(starts, 0.5)}, p95 ${quantile(starts, 0.95)} ms, ` +
        `early ${percent(early)}, late ${percent(late)}, never ${percent(never)}; ` +
        `end p50 ${quantile(ends, 0.5)}, p95 ${quantile(ends, 0.95)} ms, early ${percent(endsEarly)}, late ${percent(endsLate)}, ` +
        `never ${percent(endsNever)}; in two ${percent(part(told, ({ turns }) => turns > 1))}`,
    );
    expect(early).toBe(0);
    expect(late + never).toBeLessThanOrEqual(0.05);
    expect(endsEarly + endsLate).toBeLessThanOrEqual(0.05);
    expect(endsNever).toBe(0);
  });
});
