import { describe, expect, it } from '@jest/globals';
import { measureTone, tone } from '../../test/support/test-signals.js';
import { BLOCK, Place, WEIGHT_ONE } from './audio-kernel.js';
import { bestKernel } from './best-kernel.js';
import { RateConverters, type RateConverter } from './rate-converter.js';
import { downwards, upwards, type TelephoneFilter } from './telephone-filters.js';

const CONVERTERS = new RateConverters(bestKernel());

/** The response at the higher rate, in dB: what a tone is multiplied by, wherever it is folded or imaged to. */
function responseDb({ up, down, taps, rows }: TelephoneFilter, hz: number): number {
  const rate = 8000 * Math.max(up, down);
  let real = 0;
  let imaginary = 0;
  rows.forEach((row, phase) => {
    row.forEach((weight, tap) => {
      // A later phase of an output is an earlier place in the input.
      const angle = (2 * Math.PI * hz * ((taps - tap) * up + phase)) / rate;
      real += weight * Math.cos(angle);
      imaginary += weight * Math.sin(angle);
    });
  });
  return 20 * Math.log10(Math.hypot(real, imaginary) / (WEIGHT_ONE * up));
}

function converted(converter: RateConverter, samples: Int16Array): Int16Array {
  const { samples: memory } = CONVERTERS.kernel;
  const all: number[] = [];
  for (let at = 0; at < samples.length; at += BLOCK) {
    const block = samples.subarray(at, at + BLOCK);
    memory.set(block, Place.inputEnd / 2 - block.length);
    const outputs = converter.convert(block.length);
    all.push(...memory.subarray(Place.output / 2, Place.output / 2 + outputs));
  }
  return Int16Array.from(all);
}

describe.each([
  ['from 8 to 16 kHz', upwards(2)],
  ['from 8 to 24 kHz', upwards(3)],
  ['from 16 to 8 kHz', downwards(2)],
  ['from 24 to 8 kHz', downwards(3)],
])('the filter %s', (_, filter) => {
  const at = (from: number, to: number) =>
    Array.from({ length: (to - from) / 20 + 1 }, (__, step) =>
      responseDb(filter, from + 20 * step),
    );

  it('leaves the band of a telephone as it is, to 0.1 dB up to 3 kHz and 0.3 dB at 3.4 kHz', () => {
    expect(Math.max(...at(0, 3000).map(Math.abs))).toBeLessThan(0.1);
    expect(Math.max(...at(3000, 3400).map(Math.abs))).toBeLessThan(0.3);
  });

  it('takes away 60 dB of what would be folded, and of images, from 4.4 kHz on', () => {
    expect(Math.max(...at(4400, 4000 * Math.max(filter.up, filter.down)))).toBeLessThan(-60);
  });

  it('is symmetric, and each of its rows leaves a constant unchanged', () => {
    const { rows, taps } = filter;
    for (const row of rows) expect(row.reduce((sum, weight) => sum + weight, 0)).toBe(WEIGHT_ONE);
    // The last tap has no counterpart, and rows mirror each other.
    rows.forEach((row, phase) => {
      const mirrored = phase === 0 ? row : (rows[rows.length - phase] as Int16Array);
      for (let tap = 0; tap < taps - 1; tap++) {
        const other = phase === 0 ? taps - 2 - tap : taps - 1 - tap;
        expect(Math.abs(row[tap]! - mirrored[other]!)).toBeLessThanOrEqual(1);
      }
    });
  });
});

describe.each([2, 3])('a tone, and %i times 8 kHz', (factor) => {
  const rate = 8000 * factor;

  it('keeps its level both ways, 60 dB above everything else', () => {
    for (const frequency of [300, 1000, 2000, 3000, 3400]) {
      const pairs = [
        [CONVERTERS.up(factor), 8000, rate],
        [CONVERTERS.down(factor), rate, 8000],
      ] as const;
      for (const [converter, from, to] of pairs) {
        const heard = converted(converter!, tone(frequency, { sampleRate: from, ms: 400 }));
        const { dbov, snrDb } = measureTone(heard.subarray(200, -200), frequency, to);
        expect(Math.abs(dbov + 10)).toBeLessThan(frequency > 3000 ? 0.3 : 0.1);
        expect(snrDb).toBeGreaterThan(60);
      }
    }
  });

  it('is gone where 8 kHz cannot carry it', () => {
    for (const frequency of [4400, 5000, 6000, 7800]) {
      const heard = converted(
        CONVERTERS.down(factor)!,
        tone(frequency, { sampleRate: rate, ms: 300 }),
      ).subarray(200);
      const power = heard.reduce((sum, sample) => sum + sample ** 2, 0) / heard.length;
      expect(10 * Math.log10(power / 32_768 ** 2)).toBeLessThan(-10 - 60);
    }
  });

  it('stays where it was in time', () => {
    const click = new Int16Array(160 * factor);
    click[80 * factor] = 20_000;
    const [up, down] = [CONVERTERS.up(factor)!, CONVERTERS.down(factor)!];
    const above = converted(
      up,
      Int16Array.from({ length: 160 }, (_, at) => (at === 80 ? 20_000 : 0)),
    );
    expect(above.indexOf(Math.max(...above))).toBe(80 * factor);
    const below = converted(down, click);
    expect(below.indexOf(Math.max(...below))).toBe(80);
  });
});
