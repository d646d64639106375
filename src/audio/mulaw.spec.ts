import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw, MULAW_SILENCE } from './mulaw.js';

describe('μ-law', () => {
  it('encodes silence as 0xff', () => {
    expect(encodeMulaw(Int16Array.of(0))).toEqual(Buffer.of(MULAW_SILENCE));
  });

  it('survives a round trip: every code but negative zero decodes to a sample that encodes to it', () => {
    const codes = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
    const back = encodeMulaw(decodeMulaw(codes));
    // 0x7f is "negative zero": it decodes to 0, which encodes to 0xff.
    expect([...back].map((code, index) => (index === 0x7f ? 0x7f : code))).toEqual([...codes]);
  });

  it('keeps the error of any sample below one segment step', () => {
    for (let sample = -32_000; sample <= 32_000; sample += 37) {
      const [heard] = decodeMulaw(encodeMulaw(Int16Array.of(sample)));
      expect(Math.abs((heard ?? 0) - sample)).toBeLessThanOrEqual(Math.abs(sample) / 16 + 16);
    }
  });

  it('encodes each of the 65,536 samples as G.711 says', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    expect(encodeMulaw(all).equals(Buffer.from(Array.from(all, referenceCode)))).toBe(true);
  });
});

/** G.711 as published: the sign, the segment of the biased magnitude, and its step. */
function referenceCode(sample: number): number {
  const biased = Math.min(Math.abs(sample), 32_635) + 132;
  let segment = 0;
  while (biased >= 256 << segment) segment++;
  const step = Math.floor(biased / (8 << segment)) % 16;
  return 255 - ((sample < 0 ? 128 : 0) + segment * 16 + step);
}
