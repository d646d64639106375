import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FrameClock } from './frame-clock.js';

describe('the frame clock', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('keeps fifty frames a second for many streams, without drift', () => {
    const clock = new FrameClock();
    const counts = Array.from({ length: 20 }, () => 0);
    const leaves = counts.map((_, index) => clock.join((frame) => (counts[index] = frame)));
    for (let second = 1; second <= 60; second++) {
      jest.advanceTimersByTime(1_000);
      for (const count of counts) expect(Math.abs(count - second * 50)).toBeLessThanOrEqual(1);
    }
    for (const leave of leaves) leave();
    expect(clock.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('catches up with what it missed', () => {
    let heldUpMs = 0;
    const clock = new FrameClock(() => performance.now() + heldUpMs);
    const frames: number[] = [];
    const leave = clock.join((frame) => frames.push(frame));
    heldUpMs = 200;
    jest.advanceTimersByTime(20);
    leave();
    expect(frames).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
  });

  it('lets a listener leave from inside its frame', () => {
    const clock = new FrameClock();
    let frames = 0;
    const leave = clock.join(() => {
      frames++;
      leave();
    });
    jest.advanceTimersByTime(80);
    expect(frames).toBe(1);
  });
});
