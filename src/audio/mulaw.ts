/** A byte of μ-law silence. */
export const MULAW_SILENCE = 0xff;
/** Samples, and so bytes, a second: the telephone's 8 kHz. */
export const MULAW_BYTES_PER_SECOND = 8000;
/** 20 ms, the frame that carriers send and expect. */
export const MULAW_FRAME_BYTES = 160;

const BIAS = 0x84;
const CLIP = 32_635;

/** G.711: one μ-law byte to a 16-bit sample. */
function decodeByte(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 0x07;
  const magnitude = (((inverted & 0x0f) << 3) + BIAS) << exponent;
  return inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}

/** G.711: one 16-bit sample to a μ-law byte. */
function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = Math.max(0, 24 - Math.clz32(magnitude));
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

const DECODE = Int16Array.from({ length: 256 }, (_, code) => decodeByte(code));
/** By the sample's 16 bits, unsigned. The steps of negative samples are not aligned to fewer bits. */
const ENCODE = Uint8Array.from({ length: 65_536 }, (_, bits) => encodeSample((bits << 16) >> 16));

/** One byte of μ-law as a 16-bit sample. */
export function mulawSample(code: number): number {
  return DECODE[code & 0xff] ?? 0;
}

/** μ-law bytes to 16-bit samples at the same 8 kHz. */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    samples[index] = DECODE[bytes[index] ?? 0] ?? 0;
  }
  return samples;
}

/** 16-bit samples at 8 kHz to μ-law bytes. */
export function encodeMulaw(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length);
  for (let index = 0; index < samples.length; index++) {
    bytes[index] = ENCODE[(samples[index] ?? 0) & 0xffff] ?? 0;
  }
  return bytes;
}
