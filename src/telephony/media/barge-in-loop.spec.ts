import { beforeAll, describe, expect, it } from '@jest/globals';
import { InlineVoiceModel } from '../../../test/support/ear-bench.js';
import { onLine } from '../../../test/support/echoing-line.js';
import { LONG } from '../../../test/support/patience.js';
import { atLevel, lasting, voice } from '../../../test/support/voices.js';
import { encodeMulaw } from '../../audio/mulaw.js';

// The loop closed by a clock of its own: what is said goes through the play-out to a phone, and comes back.

const AGENT = encodeMulaw(lasting(atLevel(voice('agent'), -18), 20_000));
const CALLERS = (LONG ? ['question', 'question-f', 'moment', 'wait'] : ['question', 'moment']).map(
  (name) => voice(name),
);
const ECHOES = LONG ? [-15, -20, -25, -30, -35, -40] : [-20];
const LINES = [
  { awayMs: 20, delayMs: 60, jitterMs: 0 },
  { awayMs: 80, delayMs: 240, jitterMs: 40 },
  ...(LONG ? [{ awayMs: 150, delayMs: 160, jitterMs: 80 }] : []),
];

let model: InlineVoiceModel;
beforeAll(() => {
  model = new InlineVoiceModel();
});

describe('on a phone that is heard by itself', () => {
  it.each(ECHOES)('the agent says all that it has to say, with an echo of %d dB', (db) => {
    for (const { delayMs, ...line } of LINES) {
      const { steps } = onLine({
        model,
        ...line,
        agent: AGENT,
        echo: { db, delayMs },
        ms: LONG ? 19_000 : 8_000,
      });
      expect(steps).toEqual([]);
    }
  });

  it.each(LONG ? [-20, -25, -30] : [-25])(
    'a caller over an echo of %d dB is given silence, and the agent is given up',
    (db) => {
      const [silentAfter, givenUpAfter]: [number[], number[]] = [[], []];
      for (const words of CALLERS) {
        for (const { delayMs, ...line } of LINES) {
          for (const fromMs of LONG ? [4_000, 4_700, 5_300, 6_100, 6_700] : [4_300]) {
            const caller = { samples: atLevel(words, -26), fromMs };
            const { steps, heard } = onLine({
              model,
              ...line,
              agent: AGENT,
              echo: { db, delayMs },
              caller,
              ms: fromMs + 2_000,
            });
            const after = steps.filter(({ atMs }) => atMs > fromMs);
            const [first] = after;
            expect(first?.step).toMatch(/paused|given_up/);
            silentAfter.push((first?.atMs ?? Infinity) - fromMs);
            const end = after.find(({ step }) => step === 'given_up');
            givenUpAfter.push((end?.atMs ?? Infinity) - fromMs);
            // What had been sent was cleared: the phone is silent by then.
            const silentFrom = ((end?.atMs ?? 0) + line.awayMs) / 20 + 2;
            expect(heard.slice(silentFrom)).not.toContain(true);
          }
        }
      }
      silentAfter.sort((a, b) => a - b);
      givenUpAfter.sort((a, b) => a - b);
      const middle = Math.floor(silentAfter.length / 2) - 1;
      if (LONG)
        console.info(
          `echo ${db} dB: silent p50 ${silentAfter[middle]}, last given up ${givenUpAfter.at(-1)} ms`,
        );
      // The way to us is part of it.
      expect(silentAfter[middle]).toBeLessThanOrEqual(240 + 80);
      expect(givenUpAfter.at(-1)).toBeLessThanOrEqual(1_000);
    },
  );
});
