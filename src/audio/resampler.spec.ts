import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Resampler } from './resampler.js';

function tone(hertz: number, rate: number, seconds = 1, level = 10_000): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, n) =>
    Math.round(level * Math.sin((2 * Math.PI * hertz * n) / rate)),
  );
}

function resample(samples: Int16Array, from: number, to: number): Int16Array {
  const resampler = new Resampler(from, to);
  return Int16Array.from([...resampler.write(samples), ...resampler.flush()]);
}

/** Without the ends, where the filter sees silence; whole periods. */
function inner(samples: Int16Array): Int16Array {
  return samples.subarray(240, 240 + Math.floor((samples.length - 480) / 240) * 240);
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}

/** Signal to everything else, in dB, after the best fit of a tone. */
function purity(samples: Int16Array, hertz: number, rate: number): number {
  let [s, c] = [0, 0];
  samples.forEach((x, n) => {
    s += x * Math.sin((2 * Math.PI * hertz * n) / rate);
    c += x * Math.cos((2 * Math.PI * hertz * n) / rate);
  });
  const signal = (2 * (s * s + c * c)) / samples.length ** 2;
  const all = rms(samples) ** 2;
  return 10 * Math.log10(signal / Math.max(all - signal, 1e-9));
}

describe('a resampler', () => {
  it.each([
    [8_000, 16_000],
    [8_000, 24_000],
    [24_000, 8_000],
    [16_000, 8_000],
    [44_100, 8_000],
    [11_025, 8_000],
    [48_000, 8_000],
  ])('from %i to %i keeps a tone of 1 kHz, its level and its length', (from, to) => {
    const output = resample(tone(1_000, from), from, to);
    expect(Math.abs(output.length - to)).toBeLessThanOrEqual(1);
    const level = 20 * Math.log10(rms(inner(output)) / (10_000 / Math.SQRT2));
    expect(Math.abs(level)).toBeLessThan(0.1);
    expect(purity(inner(output), 1_000, to)).toBeGreaterThan(60);
  });

  it('keeps what the telephone carries, and nothing folds back from above', () => {
    const level = (hertz: number) =>
      20 * Math.log10(rms(inner(resample(tone(hertz, 24_000), 24_000, 8_000))) / 7_071);
    expect(level(3_300)).toBeGreaterThan(-1.5);
    expect(level(5_000)).toBeLessThan(-45);
    expect(level(6_000)).toBeLessThan(-60);
  });

  it('gives the same samples whatever the chunks', () => {
    const samples = fc.int16Array({ minLength: 0, maxLength: 900 });
    const cuts = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 30 });
    const rates = fc.constantFrom(
      [8_000, 24_000],
      [24_000, 8_000],
      [11_025, 8_000],
      [44_100, 8_000],
    );
    fc.assert(
      fc.property(samples, cuts, rates, (input, sizes, [from = 0, to = 0]) => {
        const whole = resample(input, from, to);
        const resampler = new Resampler(from, to);
        const parts: number[] = [];
        let at = 0;
        for (const size of [...sizes, input.length]) {
          parts.push(...resampler.write(input.subarray(at, at + size)));
          at += size;
        }
        parts.push(...resampler.flush());
        expect(parts).toEqual([...whole]);
      }),
      { numRuns: 200 },
    );
  });

  it('does not wrap round where it overshoots', () => {
    const square = Int16Array.from({ length: 2_400 }, (_, n) => (n % 60 < 30 ? 32_767 : -32_768));
    const output = inner(resample(square, 24_000, 8_000));
    output.forEach((x, n) => {
      if (n > 0) expect(Math.abs(x - (output[n - 1] as number))).toBeLessThan(60_000);
    });
    expect(Math.max(...output)).toBeGreaterThan(30_000);
  });
});
