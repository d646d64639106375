import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { measureTone, tone } from '../../test/support/test-signals.js';
import { Resampler } from './resampler.js';

const RATES = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

function resampled(samples: Int16Array, fromRate: number, toRate: number): Int16Array {
  const resampler = new Resampler(fromRate, toRate);
  return joined([resampler.write(samples), resampler.flush()]);
}

function joined(pieces: Int16Array[]): Int16Array {
  return Int16Array.from(pieces.flatMap((piece) => [...piece]));
}

/** The middle of a tone, because its abrupt ends ring. */
function inner(samples: Int16Array): Int16Array {
  return samples.subarray(200, samples.length - 200);
}

describe('a resampler', () => {
  it('gives the same samples however the input is split', () => {
    const rate = fc.oneof(fc.constantFrom(...RATES), fc.integer({ min: 4000, max: 48_000 }));
    const pieces = fc.array(fc.int16Array({ maxLength: 500 }), { maxLength: 8 });
    fc.assert(
      fc.property(rate, rate, pieces, (fromRate, toRate, chunks) => {
        const resampler = new Resampler(fromRate, toRate);
        const cut = chunks.map((chunk) => resampler.write(chunk));
        const whole = resampled(joined(chunks), fromRate, toRate);
        expect(joined([...cut, resampler.flush()])).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same samples one by one as in one piece that is longer than its block', () => {
    const samples = tone(700, { sampleRate: 24_000, ms: 150 });
    const resampler = new Resampler(24_000, 8000);
    const cut = Array.from(samples, (sample) => resampler.write(Int16Array.of(sample)));
    expect(joined([...cut, resampler.flush()])).toEqual(resampled(samples, 24_000, 8000));
  });

  it('gives output that lasts as long as the input', () => {
    for (const [from, to] of RATES.flatMap((rate) =>
      RATES.map((other) => [rate, other] as const),
    )) {
      for (const length of [0, 1, 7, 160, 1999]) {
        const expected = Math.ceil((length * to) / from);
        expect(resampled(new Int16Array(length), from, to)).toHaveLength(expected);
      }
    }
  });

  it.each([
    [8000, 16_000, 2],
    [8000, 24_000, 2],
    [16_000, 8000, 2],
    [24_000, 8000, 2],
    [24_000, 16_000, 1],
  ])('from %i to %i holds back %d ms', (from, to, ms) => {
    const resampler = new Resampler(from, to);
    expect((resampler.lookahead / from) * 1000).toBe(ms);
    resampler.write(new Int16Array(resampler.lookahead));
    expect(resampler.write(new Int16Array(from / 50))).toHaveLength(to / 50);
  });

  it('does not shift audio in time: a click stays where it was', () => {
    const click = new Int16Array(2400);
    click[1200] = 20_000;
    const heard = resampled(click, 24_000, 8000);
    expect(heard.indexOf(Math.max(...heard))).toBe(400);
  });

  it('starts over after a flush', () => {
    const resampler = new Resampler(16_000, 8000);
    resampler.write(tone(440, { sampleRate: 16_000, ms: 33 }));
    resampler.flush();
    const samples = tone(1000, { sampleRate: 16_000, ms: 20 });
    expect(joined([resampler.write(samples), resampler.flush()])).toEqual(
      resampled(samples, 16_000, 8000),
    );
  });

  it('leaves samples at the same rate unchanged, and clips overshoots', () => {
    const loud = Int16Array.from({ length: 800 }, (_, n) => (n % 80 < 40 ? 32_767 : -32_768));
    expect(resampled(loud, 8000, 8000)).toEqual(loud);
    const [top, bottom] = [32_767, -32_768];
    expect(Math.max(...resampled(loud, 8000, 24_000))).toBe(top);
    expect(Math.min(...resampled(loud, 8000, 24_000))).toBe(bottom);
  });

  it('refuses a number that is not a sample rate', () => {
    for (const rate of [0, 3999, 192_001, 8000.5, Number.NaN]) {
      expect(() => new Resampler(rate, 8000)).toThrow(RangeError);
    }
  });
});

describe('the quality of a resampled tone', () => {
  it.each([
    [8000, 16_000],
    [8000, 24_000],
    [16_000, 8000],
    [24_000, 8000],
    [44_100, 8000],
    [8000, 11_025],
    [11_025, 48_000],
    [37_811, 8000],
  ])('from %i to %i: its level is within 0.5 dB, and 60 dB above any artefact', (from, to) => {
    for (const frequency of [300, 1000, 2000, 3000, 3400]) {
      const heard = resampled(tone(frequency, { sampleRate: from, ms: 500 }), from, to);
      const { dbov, snrDb } = measureTone(inner(heard), frequency, to);
      expect(Math.abs(dbov + 10)).toBeLessThan(0.5);
      expect(snrDb).toBeGreaterThan(60);
    }
  });

  it('survives the way up and down', () => {
    for (const between of [11_025, 16_000, 24_000, 44_100]) {
      const up = resampled(tone(1000, { sampleRate: 8000, ms: 500 }), 8000, between);
      const { dbov, snrDb } = measureTone(inner(resampled(up, between, 8000)), 1000, 8000);
      expect(Math.abs(dbov + 10)).toBeLessThan(0.1);
      expect(snrDb).toBeGreaterThan(60);
    }
  });

  it.each([
    [4300, 16_000],
    [6000, 16_000],
    [4300, 24_000],
    [6000, 24_000],
    [11_000, 24_000],
    [20_000, 48_000],
  ])('of %i Hz at %i: 55 dB down at 8000, where it could only be folded', (frequency, from) => {
    const heard = inner(resampled(tone(frequency, { sampleRate: from, ms: 500 }), from, 8000));
    const power = heard.reduce((sum, sample) => sum + sample ** 2, 0) / heard.length;
    expect(10 * Math.log10((2 * power) / 32_768 ** 2)).toBeLessThan(-10 - 55);
  });
});
