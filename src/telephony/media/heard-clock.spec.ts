import { describe, expect, it } from '@jest/globals';
import { HeardClock } from './heard-clock.js';

const FRAME = 160;

describe('how much the caller has heard', () => {
  it('follows the sending, a moment later, and stops where it stopped', () => {
    const clock = new HeardClock();
    for (let n = 0; n < 5; n += 1) clock.send(FRAME, 1_000);
    expect(clock.bufferedMs(1_000)).toBe(100);
    expect(clock.heard(1_000)).toBe(0);
    // Until a mark tells more, 20 ms to get there are taken for granted.
    expect(clock.heard(1_060)).toBe(40 * 8);
    expect(clock.heard(9_999)).toBe(5 * FRAME);
    expect(clock.bufferedMs(1_150)).toBe(0);
  });

  it('goes on after a pause from when the next audio was sent', () => {
    const clock = new HeardClock();
    clock.send(FRAME, 1_000);
    clock.send(FRAME, 5_000);
    expect(clock.endsAt()).toBe(5_020);
    expect(clock.heard(5_030)).toBe(FRAME + 80);
  });

  it('learns from marks how far away the carrier is', () => {
    const clock = new HeardClock();
    for (let n = 0; n < 100; n += 1) clock.send(FRAME, 1_000);
    clock.markReturned(1_020, 1_220);
    expect(clock.delayMs()).toBe(100);
    expect(clock.heard(2_000)).toBe((2_000 - 100 - 1_000) * 8);
    // One that was held up on its way changes nothing.
    clock.markReturned(1_520, 2_520);
    expect(clock.delayMs()).toBe(100);
    // A clear takes as long to arrive as the audio did.
    expect(clock.heardAtClear(2_000)).toBe(1_000 * 8);
  });

  it('goes on from where it was taken back to', () => {
    const clock = new HeardClock();
    for (let n = 0; n < 8; n += 1) clock.send(FRAME, 1_000);
    const heard = clock.heardAtClear(1_050);
    clock.rewind(heard, 1_050);
    expect([clock.sent, clock.heard(9_000)]).toEqual([400, 400]);
    clock.send(FRAME, 2_000);
    expect(clock.heard(9_000)).toBe(560);
  });
});
