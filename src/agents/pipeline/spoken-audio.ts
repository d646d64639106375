import type { AudioFormat } from '../../audio/audio-format.js';
import { encodeMulaw } from '../../audio/mulaw.js';
import { Resampler } from '../../audio/resampler.js';
import { speakingAs, type SpeechEncoder } from '../../audio/transcoder.js';
import { ModelError } from '../models/model-server.js';

/** The chunks before a WAV's samples are short. */
const HEADER_MAX = 4_096;
const TELEPHONE_RATE = 8_000;
/** Rates for which there is a fast way. */
const FORMATS: Readonly<Record<number, AudioFormat>> = {
  8000: 'pcm_8000',
  16000: 'pcm_16000',
  24000: 'pcm_24000',
};

/** What a speech server sends, as μ-law: raw 16-bit samples, or a WAV of them. Each once. */
export class SpokenAudio {
  private head: Buffer | null = Buffer.alloc(0);
  private encoder: SpeechEncoder | null = null;

  /** @param rate of raw samples, which a WAV says itself */
  constructor(private readonly rate: number) {}

  /** @throws ModelError where it is neither */
  take(chunk: Buffer): Buffer {
    if (this.encoder) return this.encoder.write(chunk);
    this.head = Buffer.concat([this.head ?? Buffer.alloc(0), chunk]);
    const begun = beginningOf(this.head, this.rate);
    if (!begun) return Buffer.alloc(0);
    this.head = null;
    this.encoder = encoderOf(begun.rate);
    return this.encoder.write(begun.samples);
  }

  /** What is still held back. */
  end(): Buffer {
    if (this.encoder) return this.encoder.flush();
    // Shorter than a header: raw, or nothing.
    if (!this.head || this.head.length < 2 || isWav(this.head)) return Buffer.alloc(0);
    const encoder = encoderOf(this.rate);
    return Buffer.concat([encoder.write(this.head), encoder.flush()]);
  }
}

/** Null: more is needed to tell. */
function beginningOf(head: Buffer, rate: number): { rate: number; samples: Buffer } | null {
  if (head.length < 12) return null;
  if (!isWav(head)) return { rate, samples: head };
  let told: number | null = null;
  for (let at = 12; at + 8 <= head.length;) {
    const name = head.toString('latin1', at, at + 4);
    const size = head.readUInt32LE(at + 4);
    if (name === 'data') {
      if (told === null) break;
      return { rate: told, samples: head.subarray(at + 8) };
    }
    if (name === 'fmt ') {
      if (at + 24 > head.length) return null;
      const isFit = head.readUInt16LE(at + 10) === 1 && head.readUInt16LE(at + 22) === 16;
      if (!isFit)
        throw new ModelError('the speech server sends a WAV that is not 16-bit mono', null);
      told = head.readUInt32LE(at + 12);
    }
    at += 8 + size + (size % 2);
  }
  if (head.length > HEADER_MAX) throw new ModelError('the speech server sends a broken WAV', null);
  return null;
}

function isWav(head: Buffer): boolean {
  return head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WAVE';
}

function encoderOf(rate: number): SpeechEncoder {
  const format = FORMATS[rate];
  if (format) return speakingAs(format);
  try {
    return new AnyRate(rate);
  } catch {
    throw new ModelError(`the speech server sends ${rate} samples a second`, null);
  }
}

/** As `speakingAs`, for rates such as 22,050 Hz. */
class AnyRate implements SpeechEncoder {
  private readonly resampler: Resampler;
  private half: Buffer = Buffer.alloc(0);

  constructor(rate: number) {
    this.resampler = new Resampler(rate, TELEPHONE_RATE);
  }

  write(chunk: Buffer): Buffer {
    const bytes = this.half.length === 0 ? chunk : Buffer.concat([this.half, chunk]);
    const samples = new Int16Array(bytes.length >> 1);
    for (let at = 0; at < samples.length; at += 1) samples[at] = bytes.readInt16LE(2 * at);
    this.half = Buffer.from(bytes.subarray(2 * samples.length));
    return encodeMulaw(this.resampler.write(samples));
  }

  flush(): Buffer {
    this.half = Buffer.alloc(0);
    return encodeMulaw(this.resampler.flush());
  }
}
