import { MULAW_TO_SAMPLE, SAMPLE_TO_MULAW } from './mulaw-tables.js';

/** G.711: one A-law byte to a 16-bit sample. */
function decodeByte(code: number): number {
  const plain = code ^ 0x55;
  const segment = (plain >> 4) & 0x07;
  const step = ((plain & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return plain & 0x80 ? magnitude : -magnitude;
}

/** G.711: one 16-bit sample to an A-law byte. */
function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = sample < 0 ? ~sample : sample;
  const segment = Math.max(0, 24 - Math.clz32(magnitude));
  const mantissa = (magnitude >> Math.max(4, segment + 3)) & 0x0f;
  return (sign | (segment << 4) | mantissa) ^ 0x55;
}

const DECODE = Int16Array.from({ length: 256 }, (_, code) => decodeByte(code));

/** One byte of A-law, which telephones use outside North America and Japan, as a 16-bit sample. */
export function alawSample(code: number): number {
  return DECODE[code & 0xff] ?? 0;
}

/** The μ-law byte of each A-law byte. */
export const ALAW_TO_MULAW = Uint8Array.from(
  DECODE,
  (sample) => SAMPLE_TO_MULAW[sample & 0xffff] as number,
);
/** The A-law byte of each μ-law byte. */
export const MULAW_TO_ALAW = Uint8Array.from(MULAW_TO_SAMPLE, encodeSample);
