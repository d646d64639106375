import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { alawSample } from './alaw.js';
import { mulawSample } from './mulaw.js';
import { fromWire, toWire, wireFrameBytes, type WireFormat } from './wire-format.js';

const FORMATS: WireFormat[] = [
  { codec: 'mulaw', rate: 8000 },
  { codec: 'alaw', rate: 8000 },
  ...([8000, 16000, 24000] as const).flatMap((rate): WireFormat[] => [
    { codec: 'pcm16le', rate },
    { codec: 'pcm16be', rate },
  ]),
];
const ALL_CODES = Buffer.from(Array.from({ length: 256 }, (_, code) => code));

/** A tone within the telephone's band, μ-law. */
const TONE = fromWire({ codec: 'pcm16le', rate: 8000 })(
  Buffer.from(
    Int16Array.from({ length: 8000 }, (_, at) => 8000 * Math.sin((2 * Math.PI * 440 * at) / 8000))
      .buffer,
  ),
);

describe.each(FORMATS)('on a wire of $codec at $rate', (format) => {
  it('every frame of 20 ms is one of 20 ms, there and back, the first as well', () => {
    const [out, back] = [toWire(format), fromWire(format)];
    for (let at = 0; at < TONE.length; at += 160) {
      const wire = out(TONE.subarray(at, at + 160));
      expect(wire).toHaveLength(wireFrameBytes(format));
      expect(back(wire)).toHaveLength(160);
    }
  });

  it('a tone is the same tone, 4 ms later at most', () => {
    const back = fromWire(format)(toWire(format)(TONE));
    const lag = format.rate === 8000 ? 0 : 32;
    let error = 0;
    for (let at = 1_000; at < 7_000; at++) {
      const off = mulawSample(back[at + lag] ?? 0) - mulawSample(TONE[at] ?? 0);
      error += off * off;
    }
    // 8000 / √2 is the tone's own.
    expect(Math.sqrt(error / 6_000)).toBeLessThan(250);
  });

  it('is told in any pieces', () => {
    const short = TONE.subarray(0, 1_600);
    const whole = fromWire(format)(toWire(format)(short));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (sizes) => {
        const [out, back] = [toWire(format), fromWire(format)];
        const pieces: Buffer[] = [];
        for (let at = 0, n = 0; at < short.length; n++) {
          const size = sizes[n % sizes.length] as number;
          pieces.push(back(out(short.subarray(at, at + size))));
          at += size;
        }
        expect(Buffer.concat(pieces).equals(whole)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe('A-law', () => {
  it('is nearest to the same loudness in μ-law, and quiet stays quiet', () => {
    const mulaw = fromWire({ codec: 'alaw', rate: 8000 })(ALL_CODES);
    for (let code = 0; code < 256; code++) {
      const [before, after] = [alawSample(code), mulawSample(mulaw[code] ?? 0)];
      expect(Math.abs(after - before)).toBeLessThanOrEqual(8 + Math.abs(before) / 16);
    }
  });

  it('of what came as A-law is the same again where μ-law can tell it', () => {
    const [back, out] = [
      fromWire({ codec: 'alaw', rate: 8000 }),
      toWire({ codec: 'alaw', rate: 8000 }),
    ];
    const again = out(back(ALL_CODES));
    for (let code = 0; code < 256; code++) {
      const [before, after] = [alawSample(code), alawSample(again[code] ?? 0)];
      expect(Math.abs(after - before)).toBeLessThanOrEqual(8 + Math.abs(before) / 16);
      if (before !== 0) expect(Math.sign(after)).toBe(Math.sign(before));
    }
  });
});

it('big-endian is little-endian turned round', () => {
  const little = toWire({ codec: 'pcm16le', rate: 16000 })(TONE);
  expect(toWire({ codec: 'pcm16be', rate: 16000 })(TONE).swap16().equals(little)).toBe(true);
});
