import { decodeMulaw } from '../../../src/audio/mulaw.js';
import { atTelephoneRate, readWav, wavHeader } from '../../../src/audio/wav.js';

/** A mono WAV, PCM 16 bit at 8 kHz, of μ-law bytes. */
export function mulawToWav(audio: Buffer): Buffer {
  const samples = decodeMulaw(audio);
  const data = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => data.writeInt16LE(sample, index * 2));
  return Buffer.concat([wavHeader(8000, 1, data.length), data]);
}

/**
 * Samples at 8 kHz of a WAV of any usual kind.
 * @throws Error that says why it cannot be read
 */
export function wavToSamples(file: Buffer): Int16Array {
  const reading = readWav(file);
  if (!reading.ok) throw new Error(`the WAV file cannot be read: ${reading.why}`);
  return atTelephoneRate(reading.sound);
}
