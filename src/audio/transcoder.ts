import type { AudioFormat } from './audio-format.js';
import { decodeMulaw, encodeMulaw } from './mulaw.js';
import { pcmBytes, pcmSamples } from './pcm.js';
import { Resampler } from './resampler.js';

const TELEPHONE_RATE = 8000;

/** What an agent says on its way to the carrier: its format in, μ-law at 8 kHz out. */
export interface SpeechEncoder {
  /**
   * Takes the next bytes, any number of them, also half a sample. The result may
   * be empty; at 16 and 24 kHz it lags 2 ms behind, as the filter looks ahead.
   */
  write(chunk: Buffer): Buffer;
  /**
   * What the filter still holds; call it where an utterance ends, so that it is
   * heard to its last sample. Half a sample that was never completed is dropped.
   * The next write begins a new utterance.
   */
  flush(): Buffer;
}

export function sampleRateOf(format: AudioFormat): number {
  switch (format) {
    case 'mulaw_8000':
    case 'pcm_8000':
      return 8000;
    case 'pcm_16000':
      return 16_000;
    case 'pcm_24000':
      return 24_000;
  }
}

export function bytesPerMs(format: AudioFormat): number {
  return (sampleRateOf(format) / 1000) * (format === 'mulaw_8000' ? 1 : 2);
}

/**
 * What the caller says, for one call: μ-law at 8 kHz in, the agent's format
 * out, as many milliseconds of it. At 16 and 24 kHz the audio comes 2 ms late.
 * `mulaw_8000` gives the very buffer that went in.
 */
export function hearingAs(format: AudioFormat): (mulaw: Buffer) => Buffer {
  switch (format) {
    case 'mulaw_8000':
      return (mulaw) => mulaw;
    case 'pcm_8000':
    case 'pcm_16000':
    case 'pcm_24000': {
      const resampler = new Resampler(TELEPHONE_RATE, sampleRateOf(format));
      // Silence in advance, so that every frame of 20 ms gives one of 20 ms, the first as well.
      resampler.write(new Int16Array(resampler.lookahead));
      return (mulaw) => pcmBytes(resampler.write(decodeMulaw(mulaw)));
    }
  }
}

/** What one call's agent says; see {@link SpeechEncoder}. `mulaw_8000` gives the very buffers that went in. */
export function speakingAs(format: AudioFormat): SpeechEncoder {
  if (format !== 'mulaw_8000') return new PcmEncoder(sampleRateOf(format));
  return { write: (chunk) => chunk, flush: () => Buffer.alloc(0) };
}

class PcmEncoder implements SpeechEncoder {
  private readonly resampler: Resampler;
  /** The first byte of a sample whose second has not come yet. */
  private half: Buffer | null = null;

  constructor(sampleRate: number) {
    this.resampler = new Resampler(sampleRate, TELEPHONE_RATE);
  }

  write(chunk: Buffer): Buffer {
    const bytes = this.half === null ? chunk : Buffer.concat([this.half, chunk]);
    // A copy: the chunk's memory is its owner's.
    this.half = bytes.length % 2 === 0 ? null : Buffer.from(bytes.subarray(-1));
    return encodeMulaw(this.resampler.write(pcmSamples(bytes)));
  }

  flush(): Buffer {
    this.half = null;
    return encodeMulaw(this.resampler.flush());
  }
}
