import { MULAW_TO_SAMPLE, SAMPLE_TO_MULAW } from '../../../src/audio/mulaw-tables.js';
import { Resampler } from '../../../src/audio/resampler.js';

/** The sample rate of a telephone, in samples a second. */
const TELEPHONE_RATE = 8_000;
const FULL_SCALE = 32_767;

/** Converts a microphone's samples to μ-law. Keeps what it needs from piece to piece. */
export class ToTelephone {
  private readonly resampler: Resampler;

  /** @param sampleRate of the microphone */
  constructor(sampleRate: number) {
    this.resampler = new Resampler(sampleRate, TELEPHONE_RATE);
  }

  write(samples: Float32Array): Uint8Array<ArrayBuffer> {
    const whole = Int16Array.from(samples, (sample) =>
      Math.round(Math.max(-1, Math.min(1, sample)) * FULL_SCALE),
    );
    const spoken = this.resampler.write(whole);
    const bytes = new Uint8Array(spoken.length);
    for (let at = 0; at < spoken.length; at += 1) {
      bytes[at] = SAMPLE_TO_MULAW[(spoken[at] ?? 0) & 0xffff] ?? 0xff;
    }
    return bytes;
  }
}

/** Converts μ-law to a loudspeaker's samples. */
export class FromTelephone {
  private readonly resampler: Resampler;

  constructor(sampleRate: number) {
    this.resampler = new Resampler(TELEPHONE_RATE, sampleRate);
  }

  write(mulaw: Uint8Array): Float32Array {
    const heard = Int16Array.from(mulaw, (code) => MULAW_TO_SAMPLE[code] ?? 0);
    return Float32Array.from(this.resampler.write(heard), (sample) => sample / FULL_SCALE);
  }
}

/** Loudness from 0 to 1, as an ear perceives it. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-10);
  return Math.max(0, Math.min(1, (decibels + 60) / 60));
}
