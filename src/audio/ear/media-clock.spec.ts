import { describe, expect, it } from '@jest/globals';
import { MediaClock } from './media-clock.js';

describe('when frames were spoken', () => {
  it('they follow one another by 20 ms, however late and in however large bursts they come', () => {
    const clock = new MediaClock();
    const cameAt = [100, 120, 140, 300, 300, 300, 301, 301, 302, 302, 303, 320, 340];
    const spokenAt = cameAt.map((at) => clock.take(at));
    expect(spokenAt).toEqual(cameAt.map((_, n) => 100 + n * 20));
  });

  it('the first may have been late; none comes before it was spoken', () => {
    const clock = new MediaClock();
    expect([160, 165, 170, 190].map((at) => clock.take(at))).toEqual([160, 165, 170, 190]);
  });

  it('after a second in which all came late, they were spoken later', () => {
    const clock = new MediaClock();
    for (let n = 0; n < 50; n += 1) clock.take(n * 20);
    // Half a second was never sent.
    for (let n = 50; n < 99; n += 1) expect(clock.take(500 + n * 20)).toBe(n * 20);
    clock.take(500 + 99 * 20);
    expect(clock.take(500 + 100 * 20)).toBe(500 + 100 * 20);
  });
});
