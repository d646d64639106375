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
});
