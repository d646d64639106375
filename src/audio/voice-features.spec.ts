import { describe, expect, it } from '@jest/globals';
import { hum, noise, speech, tone, tones } from '../../test/support/test-signals.js';
import { levelDbov, periodicity, unpredictableDb } from './voice-features.js';

const floats = (samples: Int16Array) => Float64Array.from(samples);
const FRAME = 160;

/** Each frame but the first, which may hold the beginning of the sound. */
function eachFrame(samples: Int16Array): Float64Array[] {
  const all = floats(samples);
  return Array.from({ length: Math.floor(all.length / FRAME) - 1 }, (_, index) =>
    all.subarray((index + 1) * FRAME, (index + 2) * FRAME),
  );
}

describe('the level', () => {
  it.each([-10, -30, -60])('of noise at %d dBov is that', (dbov) => {
    expect(levelDbov(floats(noise(1000, dbov)))).toBeCloseTo(dbov, 0);
  });

  it('of a full sine is −3, of a full square 0, of nothing the least', () => {
    const sine = Float64Array.from({ length: 160 }, (_, n) => 32_768 * Math.sin((n * Math.PI) / 8));
    expect(levelDbov(sine)).toBeCloseTo(-3.01, 2);
    expect(levelDbov(new Float64Array(160).fill(-32_768))).toBe(0);
    expect(levelDbov(new Float64Array(160))).toBe(-90);
    expect(levelDbov(new Float64Array(160).fill(0.1))).toBe(-90);
  });
});

describe('the periodicity', () => {
  it('of what repeats itself within the lags is 1', () => {
    const repeated = Float64Array.from({ length: 80 }, (_, n) => Math.sin((2 * Math.PI * n) / 20));
    expect(periodicity(repeated, 5, 33)).toBeCloseTo(1, 6);
  });

  it('of noise stays below half', () => {
    for (let seed = 0; seed < 200; seed++) {
      expect(periodicity(floats(noise(10, -20, seed)), 5, 33)).toBeLessThan(0.55);
    }
  });

  it('of silence is nothing', () => {
    expect(periodicity(new Float64Array(80), 5, 33)).toBe(0);
  });
});

describe('the unpredictable part', () => {
  it('is nearly all of noise', () => {
    const values = eachFrame(noise(1000, -20)).map((frame) => unpredictableDb(frame));
    expect(Math.min(...values)).toBeGreaterThan(-1);
    expect(Math.max(...values)).toBeLessThanOrEqual(0);
  });

  it('is much of speech', () => {
    const values = eachFrame(speech({ ms: 2000, dbov: -20 })).map((frame) =>
      unpredictableDb(frame),
    );
    expect(Math.min(...values)).toBeGreaterThan(-22);
  });

  it.each([[[425]], [[697, 1209]], [[941, 1633]], [[440, 480]], [[262, 330, 392]]])(
    'is next to nothing of tones at %j',
    (frequencies) => {
      const values = eachFrame(tones(frequencies, { ms: 500 })).map((frame) =>
        unpredictableDb(frame),
      );
      expect(Math.max(...values)).toBeLessThan(-40);
    },
  );

  it('is a number for whatever there is', () => {
    const frames = [
      new Float64Array(160),
      new Float64Array(160).fill(32_767),
      new Float64Array(160).fill(1, 80),
      new Float64Array(160).fill(1, 159),
      floats(tone(4000, { ms: 20 })),
      floats(hum(20, -40)),
    ];
    for (const frame of frames) {
      expect(unpredictableDb(frame)).toBeGreaterThanOrEqual(-90);
      expect(unpredictableDb(frame)).toBeLessThanOrEqual(0.001);
    }
  });
});
