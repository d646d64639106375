import { describe, expect, it } from '@jest/globals';
import { FromTelephone, loudness, ToTelephone } from './telephone-audio.js';

const tone = (rate: number, seconds: number, level = 0.5): Float32Array =>
  Float32Array.from(
    { length: rate * seconds },
    (_, at) => level * Math.sin((2 * Math.PI * 440 * at) / rate),
  );

/** Samples in pieces of the size that an audio thread gives. */
function inPieces(samples: Float32Array, convert: (piece: Float32Array) => Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at < samples.length; at += 1_024) {
    out.push(...convert(samples.subarray(at, at + 1_024)));
  }
  return out;
}

describe('a microphone and a loudspeaker on the telephone', () => {
  it.each([44_100, 48_000, 16_000])('carry a tone at %i Hz there and back', (rate) => {
    const [there, back] = [new ToTelephone(rate), new FromTelephone(rate)];
    const mulaw = inPieces(tone(rate, 1), (piece) => there.write(piece));
    expect(mulaw.length).toBeGreaterThan(7_950);
    expect(mulaw.length).toBeLessThanOrEqual(8_000);
    const heard = back.write(Uint8Array.from(mulaw));
    expect(heard.length / rate).toBeGreaterThan(0.98);
    const middle = heard.subarray(rate / 4, rate / 2);
    expect(loudness(middle)).toBeCloseTo(loudness(tone(rate, 0.25)), 1);
    let crossings = 0;
    for (let at = 1; at < middle.length; at += 1) {
      if ((middle[at - 1] ?? 0) < 0 && (middle[at] ?? 0) >= 0) crossings += 1;
    }
    expect(crossings / 0.25).toBeCloseTo(440, -1);
  });

  it('clip audio that is too loud', () => {
    const mulaw = new ToTelephone(8_000).write(Float32Array.of(5, -5, 0));
    expect([...mulaw]).toEqual([0x80, 0x00, 0xff]);
  });

  it('measure loudness', () => {
    expect(loudness(new Float32Array(100))).toBe(0);
    expect(loudness(tone(8_000, 1, 1))).toBeGreaterThan(0.9);
    expect(loudness(tone(8_000, 1, 0.01))).toBeLessThan(0.5);
  });
});
