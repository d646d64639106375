// G.711, made of plain arrays so that a browser can use it too.

const BIAS = 0x84;
const CLIP = 32_635;

// Each is used for 65,536 samples whenever this file is loaded, and Jest looks up globals slowly.
const { abs, clz32, max, min } = Math;

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
  const magnitude = min(abs(sample), CLIP) + BIAS;
  const exponent = max(0, 24 - clz32(magnitude));
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** The 16-bit sample of each byte. */
export const MULAW_TO_SAMPLE = Int16Array.from({ length: 256 }, (_, code) => decodeByte(code));
/** The byte of each sample, indexed by its 16 bits as an unsigned number. The steps of negative samples are not aligned to fewer bits. */
export const SAMPLE_TO_MULAW = Uint8Array.from({ length: 65_536 }, (_, bits) =>
  encodeSample((bits << 16) >> 16),
);
