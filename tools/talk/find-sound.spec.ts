import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { tones } from '../asterisk/likeness.js';
import { findSound } from './find-sound.js';

const sound = tones(1, 7);

function joined(...parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}
const silence = (ms: number): Int16Array => new Int16Array(ms * 8);

describe('a sound', () => {
  it('is found where it is, also after the telephone’s compression', () => {
    const heard = decodeMulaw(encodeMulaw(joined(tones(1, 3), silence(500), sound, silence(200))));
    expect(findSound(sound, heard)).toEqual({ atMs: 1_500, share: 1 });
  });

  it('that is a steady tone is found where it begins', () => {
    const tone = Int16Array.from({ length: 4_800 }, (_, i) => 8_000 * Math.sin(i / 3));
    const heard = decodeMulaw(encodeMulaw(joined(silence(250), tone, silence(250))));
    const { atMs = 0, share } = findSound(tone, heard) ?? {};
    expect([Math.abs(atMs - 250) <= 3, share]).toEqual([true, 1]);
  });

  it('whose beginning was lost is found by the rest', () => {
    const { share = 0 } = findSound(sound, joined(silence(100), sound.slice(1_600))) ?? {};
    expect(share).toBeGreaterThan(0.7);
  });

  it('is found though a frame of it was lost', () => {
    const heard = joined(silence(300), sound.slice(0, 3_200), sound.slice(3_360));
    expect(findSound(sound, heard)?.share).toBeGreaterThan(0.8);
  });

  it('of which only the beginning was heard is found in part', () => {
    const heard = joined(silence(300), sound.slice(0, 4_000), silence(1_000));
    const { share = 0 } = findSound(sound, heard) ?? {};
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
  });

  it('is not found in another, in silence, or in less than a window', () => {
    expect(findSound(sound, tones(1, 8))).toBeNull();
    expect(findSound(sound, silence(2_000))).toBeNull();
    expect(findSound(sound, silence(10))).toBeNull();
  });

  it('that is silent cannot be recognized', () => {
    expect(findSound(silence(1_000), sound)).toBeNull();
  });
});
