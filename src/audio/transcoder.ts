import type { AudioFormat } from './audio-format.js';
import { bestKernel } from './best-kernel.js';
import { MulawDecoder } from './mulaw-decoder.js';
import { MulawEncoder } from './mulaw-encoder.js';
import { RateConverters } from './rate-converter.js';

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

/** One for all calls: nothing of a call stays in it. */
const CONVERTERS = new RateConverters(bestKernel());

/**
 * Converts what the caller says, for one call: from μ-law at 8 kHz to the same number of
 * milliseconds in the agent's format. At 16 and 24 kHz the audio is 2 ms late.
 * `mulaw_8000` returns the same buffer that was passed in.
 */
export function hearingAs(format: AudioFormat): (mulaw: Buffer) => Buffer {
  if (format === 'mulaw_8000') return (mulaw) => mulaw;
  const decoder = new MulawDecoder(CONVERTERS, sampleRateOf(format) / TELEPHONE_RATE);
  return (mulaw) => decoder.write(mulaw);
}

/** Converts what one call's agent says; see {@link SpeechEncoder}. `mulaw_8000` returns the same buffers that were passed in. */
export function speakingAs(format: AudioFormat): SpeechEncoder {
  if (format === 'mulaw_8000') return { write: (chunk) => chunk, flush: () => Buffer.alloc(0) };
  return new MulawEncoder(CONVERTERS, sampleRateOf(format) / TELEPHONE_RATE);
}
