import { describe, expect, it } from '@jest/globals';
import { encodeMulaw } from './mulaw.js';
import { TurnDetector, type TurnEvent } from './voice-activity.js';

const RATE = 8_000;
let seed = 1;
const random = (): number => {
  seed = (seed * 16_807) % 2_147_483_647;
  return seed / 2_147_483_647;
};

/** Samples from -1 to 1. */
type Signal = (second: number) => number;

const gain = (db: number): number => 10 ** (db / 20);
const noise =
  (db: number): Signal =>
  () =>
    gain(db) * 1.7 * (2 * random() - 1);
const hum =
  (db: number): Signal =>
  (s) =>
    gain(db) * 1.4 * Math.sin(2 * Math.PI * 50 * s);
/** Harmonics of 140 Hz with the rise and fall of four syllables a second. */
const speech =
  (db: number): Signal =>
  (s) => {
    const syllable = Math.abs(Math.sin(2 * Math.PI * 2 * s)) ** 0.5;
    let sum = 0;
    for (let n = 1; n <= 12; n += 1) sum += Math.sin(2 * Math.PI * 140 * n * s) / n;
    return gain(db) * 1.2 * sum * syllable;
  };
const click: Signal = (s) => (s < 0.002 ? 0.9 : 0);

/** Signals one after another over a background; tells when what happened, in milliseconds. */
function listen(background: Signal, parts: Array<[ms: number, signal: Signal | null]>) {
  const detector = new TurnDetector();
  const events: Array<[TurnEvent, number]> = [];
  let frame = 0;
  for (const [ms, signal] of parts) {
    for (let n = 0; n < ms / 20; n += 1, frame += 1) {
      const samples = Int16Array.from({ length: 160 }, (_, k) => {
        const here = n * 0.02 + k / RATE;
        const value = background(frame * 0.02 + k / RATE) + (signal?.(here) ?? 0);
        return Math.max(-1, Math.min(1, value)) * 32_767;
      });
      const event = detector.push(encodeMulaw(samples));
      if (event) events.push([event, (frame + 1) * 20]);
    }
  }
  return events;
}

describe('a caller', () => {
  it.each([
    [-20, noise(-50)],
    [-30, noise(-55)],
    [-25, hum(-45)],
    [-20, () => 0],
  ])('who talks at %i dB is noticed within 100 ms, sure within 600, done 600 after', (db, line) => {
    const events = listen(line, [
      [1_000, null],
      [2_000, speech(db)],
      [1_000, null],
    ]);
    expect(events.map(([event]) => event)).toEqual(['started', 'confirmed', 'ended']);
    const [started = 0, confirmed = 0, ended = 0] = events.map(([, at]) => at);
    expect(started - 1_000).toBeLessThanOrEqual(100);
    expect(confirmed - 1_000).toBeLessThanOrEqual(600);
    expect(ended - 3_000).toBeLessThanOrEqual(620);
  });

  it('who coughs does not talk', () => {
    const events = listen(noise(-55), [
      [1_000, null],
      [160, noise(-15)],
      [1_000, null],
    ]);
    expect(events.map(([event]) => event)).toEqual(['started', 'dropped']);
    expect((events[1]?.[1] ?? 0) - 1_160).toBeLessThanOrEqual(220);
  });

  it('on whose line it clicks does not even seem to', () => {
    expect(
      listen(noise(-55), [
        [1_000, null],
        [20, click],
        [200, null],
        [20, click],
        [1_000, null],
      ]),
    ).toEqual([]);
  });

  it.each([
    ['silence', () => 0],
    ['noise', noise(-45)],
    ['loud noise', noise(-30)],
    ['hum', hum(-35)],
  ])('who says nothing on a line with %s is not heard', (_, line) => {
    const events = listen(line, [[10_000, null]]);
    // A line that is loud from the start may be taken for a voice until it is known.
    expect(events.filter(([, at]) => at > 3_000)).toEqual([]);
  });

  it('is heard again on a line that has grown louder', () => {
    const events = listen(
      () => 0,
      [
        [1_000, null],
        [6_000, noise(-40)],
        [1_500, speech(-18)],
        [7_000, noise(-40)],
      ],
    );
    const late = events.filter(([, at]) => at > 7_000);
    expect(late.map(([event]) => event)).toContain('confirmed');
  });
});
