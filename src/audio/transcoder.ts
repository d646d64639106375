import type { AudioFormat } from './audio-format.js';
import { decodeMulaw, encodeMulaw, MULAW_BYTES_PER_SECOND } from './mulaw.js';
import { Resampler } from './resampler.js';

const RATES: Record<AudioFormat, number> = {
  mulaw_8000: 8_000,
  pcm_8000: 8_000,
  pcm_16000: 16_000,
  pcm_24000: 24_000,
};
const NOTHING = Buffer.alloc(0);

/** From an agent's format to the line's. */
export interface SpeechEncoder {
  /** Chunks of any size, also an odd number of bytes. */
  write(chunk: Buffer): Buffer;
  /** What is still held back, once no more comes for now. */
  flush(): Buffer;
}

/** From the line's μ-law to what an agent hears; one for each stream, since filters remember. */
export function hearingAs(format: AudioFormat): (mulaw: Buffer) => Buffer {
  if (format === 'mulaw_8000') return (mulaw) => mulaw;
  if (format === 'pcm_8000') return (mulaw) => bytesOf(decodeMulaw(mulaw));
  const resampler = new Resampler(MULAW_BYTES_PER_SECOND, RATES[format]);
  return (mulaw) => bytesOf(resampler.write(decodeMulaw(mulaw)));
}

/** From what an agent says to μ-law; one for each utterance. */
export function speakingAs(format: AudioFormat): SpeechEncoder {
  if (format === 'mulaw_8000') return { write: (chunk) => chunk, flush: () => NOTHING };
  return new PcmEncoder(RATES[format]);
}

class PcmEncoder implements SpeechEncoder {
  /** Null at the line's own rate. */
  private resampler: Resampler | null;
  private odd: Buffer = NOTHING;

  constructor(private readonly rate: number) {
    this.resampler = this.newResampler();
  }

  write(chunk: Buffer): Buffer {
    const bytes = this.odd.length > 0 ? Buffer.concat([this.odd, chunk]) : chunk;
    const whole = bytes.length - (bytes.length % 2);
    this.odd = bytes.subarray(whole);
    const samples = samplesOf(bytes.subarray(0, whole));
    return encodeMulaw(this.resampler ? this.resampler.write(samples) : samples);
  }

  flush(): Buffer {
    this.odd = NOTHING;
    const rest = this.resampler ? encodeMulaw(this.resampler.flush()) : NOTHING;
    this.resampler = this.newResampler();
    return rest;
  }

  private newResampler(): Resampler | null {
    return this.rate === MULAW_BYTES_PER_SECOND
      ? null
      : new Resampler(this.rate, MULAW_BYTES_PER_SECOND);
  }
}

/** Little-endian bytes to samples, wherever the bytes lie. */
function samplesOf(bytes: Buffer): Int16Array {
  const samples = new Int16Array(bytes.length / 2);
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = bytes.readInt16LE(index * 2);
  }
  return samples;
}

function bytesOf(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length * 2);
  for (let index = 0; index < samples.length; index += 1) {
    bytes.writeInt16LE(samples[index] as number, index * 2);
  }
  return bytes;
}
