import { MULAW_TO_SAMPLE, SAMPLE_TO_MULAW } from './mulaw-tables.js';

/** A byte of μ-law silence. */
export const MULAW_SILENCE = 0xff;
/** Samples, and therefore bytes, a second: the telephone's 8 kHz. */
export const MULAW_BYTES_PER_SECOND = 8000;
/** The bytes of 20 ms, the frame that carriers send and expect. */
export const MULAW_FRAME_BYTES = 160;

/** One byte of μ-law as a 16-bit sample. */
export function mulawSample(code: number): number {
  return MULAW_TO_SAMPLE[code & 0xff] ?? 0;
}

/** μ-law bytes to 16-bit samples at the same 8 kHz. */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    samples[index] = MULAW_TO_SAMPLE[bytes[index] ?? 0] ?? 0;
  }
  return samples;
}

/** 16-bit samples at 8 kHz to μ-law bytes. */
export function encodeMulaw(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length);
  for (let index = 0; index < samples.length; index++) {
    bytes[index] = SAMPLE_TO_MULAW[(samples[index] ?? 0) & 0xffff] ?? 0;
  }
  return bytes;
}
