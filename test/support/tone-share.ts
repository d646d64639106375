import { decodeMulaw } from '../../src/audio/mulaw.js';

/** How much of `audio`, μ-law at 8 kHz, is this tone, from 0 to 1. */
export function toneShare(audio: Buffer, hertz: number): number {
  const samples = decodeMulaw(audio);
  let [s, c, all] = [0, 0, 0];
  samples.forEach((x, n) => {
    s += x * Math.sin((2 * Math.PI * hertz * n) / 8_000);
    c += x * Math.cos((2 * Math.PI * hertz * n) / 8_000);
    all += x * x;
  });
  return (2 * (s * s + c * c)) / samples.length / all;
}
