import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { InboundAudio } from './inbound-audio.js';

const frame = (value: number): Buffer => Buffer.alloc(160, value);
const SILENCE = 0xff;

/** Frames by number, each at its timestamp; what is heard, by first byte. */
function hear(frames: Array<[number: number, timestampMs: number]>) {
  const inbound = new InboundAudio();
  const heard: number[] = [];
  frames.forEach(([number, timestamp], index) =>
    inbound.accept(frame(number), timestamp, index * 20, (audio) => heard.push(audio[0] ?? -1)),
  );
  return { heard, quality: inbound.quality };
}

describe("the caller's audio", () => {
  it('passes as it is when nothing is missing, whatever the jitter', () => {
    const jitter = [0, 3, -4, 9, -9, 2, -1, 7, -7, 0];
    const { heard, quality } = hear(jitter.map((off, n) => [n, 137 + n * 20 + off]));
    expect(heard).toEqual(jitter.map((_, n) => n));
    expect(quality).toMatchObject({ framesIn: 10, filledMs: 0, framesLate: 0 });
    expect(quality.jitterMs).toBeGreaterThan(0);
  });

  it.each([
    [1, 1],
    [3, 3],
    [50, 50],
    [500, 50],
  ])('has a gap of %i frames filled with %i of silence', (lost, filled) => {
    const { heard, quality } = hear([
      [1, 100],
      [2, 120],
      [3, 140 + lost * 20],
      [4, 160 + lost * 20],
    ]);
    expect(heard).toEqual([1, 2, ...Array.from({ length: filled }, () => SILENCE), 3, 4]);
    expect(quality.filledMs).toBe(filled * 20);
  });

  it('is heard once: what comes twice, or after later audio, is counted and dropped', () => {
    const { heard, quality } = hear([
      [1, 100],
      [2, 120],
      [2, 120],
      [4, 160],
      [3, 140],
      [5, 180],
    ]);
    expect(heard).toEqual([1, 2, SILENCE, 4, 5]);
    expect(quality.framesLate).toBe(2);
  });

  it('continues after a second when the carrier’s clock restarts', () => {
    const anew = Array.from({ length: 100 }, (_, n): [number, number] => [3, 20 + n * 20]);
    const { heard, quality } = hear([[1, 100_000], [2, 100_020], ...anew]);
    expect(heard).toEqual([1, 2, ...Array.from({ length: 50 }, () => 3)]);
    expect(quality).toMatchObject({ framesLate: 50, filledMs: 0 });
  });

  it('of which each frame comes twice is heard once, for as long as that goes on', () => {
    const twice = Array.from({ length: 400 }, (_, n): [number, number] => [1, 100 + 20 * (n >> 1)]);
    expect(hear(twice).heard).toHaveLength(200);
  });

  it('passes as it comes from a carrier that tells no time', () => {
    const { heard, quality } = hear([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(heard).toEqual([1, 2, 3]);
    expect(quality).toMatchObject({ filledMs: 0, framesLate: 0 });
  });

  it('that begins at 0 is no gap, and its first pause counts from its first frame', () => {
    const inbound = new InboundAudio();
    const heard: number[] = [];
    for (let n = 0; n < 10; n++) {
      inbound.accept(frame(n), n * 20, 50_000 + n * 20, (audio) => heard.push(audio[0] ?? -1));
    }
    expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(inbound.quality).toMatchObject({ filledMs: 0, longestPauseMs: 20, jitterMs: 0 });
  });

  it('of which some frames tell no time is no gap there', () => {
    const times = [100, 120, 0, 160, 0, 0, 220];
    expect(hear(times.map((at, n) => [n, at])).heard).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('may tell its time late, by a clock that started anywhere', () => {
    const times = [0, 0, 90_000, 90_020, 90_060];
    expect(hear(times.map((at, n) => [n, at])).heard).toEqual([0, 1, 2, 3, SILENCE, 4]);
  });

  it.each([
    ['counts samples', 160],
    ['counts microseconds', 20_000],
  ])('by a clock that %s is never a second more than has passed; that is said once', (_, step) => {
    let said = 0;
    const inbound = new InboundAudio(() => (said += 1));
    let heardMs = 0;
    const times: number[] = [];
    for (let n = 0; n < 500; n++) {
      inbound.accept(frame(1), 1 + n * step, n * 20, (audio, timestampMs) => {
        heardMs += audio.length / 8;
        times.push(timestampMs);
      });
      expect(heardMs).toBeLessThanOrEqual(n * 20 + 20 + 1_000);
    }
    expect(said).toBe(1);
    expect(inbound.quality).toMatchObject({ framesIn: 500, framesLate: 0 });
    // From then on as of a carrier that tells no time.
    expect(new Set(times.slice(-400))).toEqual(new Set([0]));
  });

  it('never becomes more than the time that has passed, and a second for each gap at most', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, (steps) => {
        let at = 100;
        const frames = steps.map((step): [number, number] => [1, (at += step)]);
        const { heard, quality } = hear(frames);
        const told = quality.framesIn - quality.framesLate + quality.filledMs / 20;
        expect(heard).toHaveLength(told);
        expect(quality.filledMs).toBeLessThanOrEqual(
          steps.reduce((sum, step) => sum + Math.min(step, 1_000), 0),
        );
      }),
    );
  });
});
