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

  it('does not depend on when the hearing begins', () => {
    const longer = tones(12, 1);
    for (const second of [2, 7]) {
      const found = likeness(longer, longer.subarray(second * 8_000, (second + 2) * 8_000));
      expect(found).toMatchObject({ shiftMs: -second * 1_000 });
      expect(found.correlation).toBeGreaterThan(0.99);
    }
  });

  it('does not depend on its first seconds', () => {
    const heard = new Int16Array([...tones(2, 3), ...played]);
    expect(likeness(played, heard).correlation).toBeGreaterThan(0.99);
  });

  it('is small for another sound, and none for silence', () => {
    const other = likeness(tones(2, 1), tones(2, 2));
    expect(other.correlation).toBeLessThan(0.7);
    expect(other.atBest).toBeLessThan(0.9);
    expect(likeness(played, new Int16Array(16_000))).toMatchObject({ correlation: 0, windows: 0 });
  });
});
