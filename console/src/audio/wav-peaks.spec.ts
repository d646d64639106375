import { describe, expect, it } from '@jest/globals';
import { WavPeaks } from './wav-peaks.js';

/** Frames of left and right, as the service writes them. */
function wav(
  frames: ReadonlyArray<readonly [left: number, right: number]>,
  rate = 8_000,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(44 + frames.length * 4));
  view.setUint32(24, rate, true);
  for (const [index, [left, right]] of frames.entries()) {
    view.setInt16(44 + index * 4, left, true);
    view.setInt16(46 + index * 4, right, true);
  }
  return new Uint8Array(view.buffer);
}

describe('the peaks of a recording', () => {
  const frames = Array.from({ length: 1_000 }, (_, index) => [index * 32, -index] as const);
  const file = wav(frames);

  it.each([1, 3, 44, 47, 1_001, 10_000])('are the same in pieces of %i bytes', (size) => {
    const peaks = new WavPeaks(file.length, 10);
    for (let at = 0; at < file.length; at += size) peaks.push(file.subarray(at, at + size));
    const { left, right, seconds } = peaks.finish();
    expect(seconds).toBeCloseTo(1_000 / 8_000, 9);
    expect([...left].map((peak) => Math.round(peak * 32_768))).toEqual(
      Array.from({ length: 10 }, (_, column) => (column * 100 + 99) * 32),
    );
    expect([...right].map((peak) => Math.round(peak * 32_768))).toEqual(
      Array.from({ length: 10 }, (_, column) => column * 100 + 99),
    );
  });

  it('are no more than there are samples, and hold the loudest sample', () => {
    const short = wav([[-32_768, 32_767]], 16_000);
    const peaks = new WavPeaks(short.length, 100);
    peaks.push(short);
    expect(peaks.finish().left).toEqual(new Float32Array([1]));
  });

  it('do not exist for a file that ends within its header', () => {
    const peaks = new WavPeaks(file.length, 10);
    peaks.push(file.subarray(0, 20));
    expect(() => peaks.finish()).toThrow('not whole');
  });
});
