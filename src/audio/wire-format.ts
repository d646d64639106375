import { ALAW_TO_MULAW, MULAW_TO_ALAW } from './alaw.js';
import type { AudioFormat } from './audio-format.js';
import { bytesPerMs, hearingAs, speakingAs } from './transcoder.js';

/** Audio on a carrier's socket, one channel: G.711, or 16-bit signed samples, `rate` samples a second. */
export type WireFormat =
  | { readonly codec: 'mulaw' | 'alaw'; readonly rate: 8000 }
  | { readonly codec: 'pcm16le' | 'pcm16be'; readonly rate: 8000 | 16000 | 24000 };

export const MULAW_8K: WireFormat = { codec: 'mulaw', rate: 8000 };

/** How far the filters look ahead. */
const LAG_MS = 2;

/** The bytes of 20 ms. */
export function wireFrameBytes({ codec, rate }: WireFormat): number {
  return (rate / 50) * (codec === 'mulaw' || codec === 'alaw' ? 1 : 2);
}

/**
 * What one socket's carrier sends: its format in, μ-law at 8 kHz out, as many
 * milliseconds of it; at 16 and 24 kHz 2 ms late. μ-law gives the very buffer that
 * went in. Half a sample at the end of big-endian bytes is dropped.
 */
export function fromWire(format: WireFormat): (bytes: Buffer) => Buffer {
  switch (format.codec) {
    case 'mulaw':
      return (bytes) => bytes;
    case 'alaw':
      return (bytes) => mapped(bytes, ALAW_TO_MULAW);
    case 'pcm16le':
    case 'pcm16be': {
      const pcm = pcmOf(format.rate);
      const encoder = speakingAs(pcm);
      // Silence in advance, so that every frame of 20 ms gives one of 20 ms, the first as well.
      encoder.write(Buffer.alloc(LAG_MS * bytesPerMs(pcm)));
      if (format.codec === 'pcm16le') return (bytes) => encoder.write(bytes);
      return (bytes) => encoder.write(Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16());
    }
  }
}

/** The way back, for one socket: μ-law at 8 kHz in, the carrier's format out; a copy unless that is μ-law. */
export function toWire(format: WireFormat): (mulaw: Buffer) => Buffer {
  switch (format.codec) {
    case 'mulaw':
      return (mulaw) => mulaw;
    case 'alaw':
      return (mulaw) => mapped(mulaw, MULAW_TO_ALAW);
    case 'pcm16le':
      return hearingAs(pcmOf(format.rate));
    case 'pcm16be': {
      const hearing = hearingAs(pcmOf(format.rate));
      return (mulaw) => hearing(mulaw).swap16();
    }
  }
}

function pcmOf(rate: 8000 | 16000 | 24000): AudioFormat {
  switch (rate) {
    case 8000:
      return 'pcm_8000';
    case 16000:
      return 'pcm_16000';
    case 24000:
      return 'pcm_24000';
  }
}

function mapped(bytes: Buffer, table: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    result[index] = table[bytes[index] as number] as number;
  }
  return result;
}
