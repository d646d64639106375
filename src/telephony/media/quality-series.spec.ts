import { describe, expect, it } from '@jest/globals';
import { InboundAudio } from './inbound-audio.js';
import { QualitySeries } from './quality-series.js';

const FRAME = Buffer.alloc(160, 0xff);

/** A caller's audio, looked at every half second; a frame that is not to come is skipped. */
function listenFor(seconds: number, comes: (frame: number) => boolean) {
  const inbound = new InboundAudio();
  const series = new QualitySeries(inbound);
  for (let frame = 0; frame <= seconds * 50; frame += 1) {
    const now = 1_000 + frame * 20;
    if (comes(frame)) inbound.accept(FRAME, 100 + frame * 20, now, () => undefined);
    if (frame % 25 === 0) series.look(now);
  }
  return series.series;
}

describe('the quality of a stream over time', () => {
  it('is a point for every five seconds', () => {
    const { intervalSeconds, pauseMs, filledMs } = listenFor(20, () => true);
    expect(intervalSeconds).toBe(5);
    expect(pauseMs).toEqual([20, 20, 20, 20]);
    expect(filledMs).toEqual([0, 0, 0, 0]);
  });

  it('tells in which of them audio was missing', () => {
    const { pauseMs, filledMs } = listenFor(20, (frame) => frame < 300 || frame > 309);
    expect(pauseMs).toEqual([20, 220, 20, 20]);
    expect(filledMs).toEqual([0, 200, 0, 0]);
  });

  it('grows coarser with the call, and loses no gap', () => {
    const { intervalSeconds, pauseMs, filledMs } = listenFor(1_500, (frame) => frame % 5_000 !== 7);
    expect(intervalSeconds).toBe(20);
    expect(pauseMs).toHaveLength(75);
    expect(Math.max(...pauseMs)).toBe(40);
    expect(filledMs.reduce((sum, ms) => sum + ms, 0)).toBe(15 * 20);
  });
});
