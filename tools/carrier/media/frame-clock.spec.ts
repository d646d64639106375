import { describe, expect, it } from '@jest/globals';
import { FrameClock } from './frame-clock.js';

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });

describe('the frame clock', () => {
  it('keeps fifty frames a second for many streams, without drift', async () => {
    const clock = new FrameClock();
    const counts = Array.from({ length: 20 }, () => 0);
    const started = performance.now();
    const leaves = counts.map((_, index) => clock.join((frame) => (counts[index] = frame)));
    await sleep(1500);
    const due = Math.floor((performance.now() - started) / 20);
    for (const leave of leaves) leave();
    for (const count of counts) expect(Math.abs(count - due)).toBeLessThanOrEqual(2);
    expect(clock.size).toBe(0);
  });

  it('catches up with what it missed', async () => {
    const clock = new FrameClock();
    const frames: number[] = [];
    const leave = clock.join((frame) => frames.push(frame));
    const busyUntil = performance.now() + 200;
    while (performance.now() < busyUntil);
    await sleep(30);
    leave();
    expect(frames.length).toBeGreaterThanOrEqual(10);
    expect(frames).toEqual(frames.map((_, index) => index + 1));
  });

  it('lets a listener leave from inside its frame', async () => {
    const clock = new FrameClock();
    let frames = 0;
    const leave = clock.join(() => {
      frames++;
      leave();
    });
    await sleep(80);
    expect(frames).toBe(1);
  });
});
