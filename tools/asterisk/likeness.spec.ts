import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { likeness, tones } from './likeness.js';

describe('the likeness of two sounds', () => {
  const played = tones(3, 1);

  it('is nearly one for the same sound, later, quieter and through μ-law', () => {
    const heard = new Int16Array(played.length);
    heard.set(decodeMulaw(encodeMulaw(played)).subarray(0, -4_000), 4_000);
    const found = likeness(
      played,
      heard.map((sample) => sample / 2),
    );
    expect(found.correlation).toBeGreaterThan(0.99);
    expect(found.shiftMs).toBe(500);
    expect(found.windows).toBeGreaterThan(10);
  });

  it('survives a lost frame', () => {
    const heard = new Int16Array([...played.subarray(0, 17_000), ...played.subarray(17_160)]);
    expect(likeness(played, heard).correlation).toBeGreaterThan(0.99);
  });

  it('is small for another sound, and none for silence', () => {
    const other = likeness(played, tones(3, 2));
    expect(other.correlation).toBeLessThan(0.7);
    expect(other.atBest).toBeLessThan(0.9);
    expect(likeness(played, new Int16Array(16_000))).toMatchObject({ correlation: 0, windows: 0 });
  });
});
