import type { AudioFormat } from './audio-format.js';
import { decodeMulaw, encodeMulaw } from './mulaw.js';
import { pcmBytes, pcmSamples } from './pcm.js';
import { Resampler } from './resampler.js';

const TELEPHONE_RATE = 8000;

/** Converts what an agent says for the carrier: from the agent's format to μ-law at 8 kHz. */
export interface SpeechEncoder {
  /**
   * Takes any number of bytes, even half a sample. The result may be empty. At 16
   * and 24 kHz it lags 2 ms behind, because the filter looks ahead.
   */
  write(chunk: Buffer): Buffer;
  /**
   * Returns what the filter still holds. Call it at the end of an utterance, so that it is
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
 * Converts what the caller says, for one call: from μ-law at 8 kHz to the same number of
 * milliseconds in the agent's format. At 16 and 24 kHz the audio is 2 ms late.
 * `mulaw_8000` returns the same buffer that was passed in.
 */
export function hearingAs(format: AudioFormat): (mulaw: Buffer) => Buffer {
  switch (format) {
    case 'mulaw_8000':
      return (mulaw) => mulaw;
    case 'pcm_8000':
    case 'pcm_16000':
    case 'pcm_24000': {
      const resampler = new Resampler(TELEPHONE_RATE, sampleRateOf(format));
      // Some silence goes first, so that every frame of 20 ms, including the first, gives one of 20 ms.
      resampler.write(new Int16Array(resampler.lookahead));
      return (mulaw) => pcmBytes(resampler.write(decodeMulaw(mulaw)));
    }
  }
}

/** Converts what one call's agent says; see {@link SpeechEncoder}. `mulaw_8000` returns the same buffers that were passed in. */
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
    // This is a copy, because the chunk's memory belongs to the agent.
    this.half = bytes.length % 2 === 0 ? null : Buffer.from(bytes.subarray(-1));
    return encodeMulaw(this.resampler.write(pcmSamples(bytes)));
  }

  flush(): Buffer {
    this.half = null;
    return encodeMulaw(this.resampler.flush());
  }
}
