import { describe, expect, it } from '@jest/globals';
import { frameSource, SILENT_FRAME } from './caller-audio.js';
import { compareEcho } from './compare-echo.js';
import { mulawToWav, wavToMulaw } from './wav.js';
import { decodeMulaw } from '../../../src/audio/mulaw.js';

const frames = (count: number, seed = 1) => {
  const next = frameSource('signal', seed);
  return Array.from({ length: count }, (_, index) => next(index));
};

describe('the test signal', () => {
  it('repeats no frame, is loud enough, and is the same for the same seed', () => {
    const signal = frames(3000);
    expect(new Set(signal.map((frame) => frame.toString('latin1'))).size).toBe(3000);
    expect(signal.every((frame) => frame.length === 160)).toBe(true);
    const peak = Math.max(...decodeMulaw(signal[10] ?? SILENT_FRAME));
    expect(peak).toBeGreaterThan(4000);
    expect(frames(50)).toEqual(signal.slice(0, 50));
    expect(frames(50, 2)).not.toEqual(signal.slice(0, 50));
  });
});

describe('the comparison of an echo', () => {
  const sent = frames(100);

  it('is perfect for a late but whole echo', () => {
    const heard = Buffer.concat([Buffer.alloc(77, 0xff), ...sent.slice(5, 90)]);
    expect(compareEcho(sent, heard)).toEqual({
      sentFrames: 100,
      echoedFrames: 85,
      identicalInOrder: 85,
      missing: 0,
      fraction: 1,
      firstFrame: 5,
    });
  });

  it('counts what is missing, changed or out of order', () => {
    const lacking = [...sent.slice(0, 10), ...sent.slice(20)];
    expect(compareEcho(sent, Buffer.concat(lacking))).toMatchObject({ missing: 10, fraction: 0.9 });
    const changed = sent.map((frame, index) => (index === 50 ? SILENT_FRAME : frame));
    expect(compareEcho(sent, Buffer.concat(changed)).identicalInOrder).toBe(99);
    const swapped = [...sent];
    [swapped[30], swapped[31]] = [sent[31] ?? SILENT_FRAME, sent[30] ?? SILENT_FRAME];
    expect(compareEcho(sent, Buffer.concat(swapped)).identicalInOrder).toBe(99);
  });

  it('is zero for silence', () => {
    expect(compareEcho(sent, Buffer.alloc(1600, 0xff))).toMatchObject({
      fraction: 0,
      firstFrame: -1,
    });
  });
});

describe('WAV files', () => {
  it('survive a round trip', () => {
    const [frame = SILENT_FRAME] = frames(1);
    expect(wavToMulaw(mulawToWav(frame))).toEqual(frame);
  });

  it('at another rate are converted to 8 kHz', () => {
    const wav = mulawToWav(Buffer.alloc(1600, 0x80));
    wav.writeUInt32LE(16_000, 24);
    expect(wavToMulaw(wav)).toHaveLength(800);
  });

  it('are said once, or repeatedly', () => {
    const mulaw = Buffer.alloc(200, 1);
    const once = frameSource({ mulaw }, 1);
    expect([once(0), once(2)]).toEqual([Buffer.alloc(160, 1), SILENT_FRAME]);
    const again = frameSource({ mulaw, loop: true }, 1);
    expect(again(2)).toEqual(Buffer.alloc(160, 1));
  });
});
