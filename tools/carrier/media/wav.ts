import { decodeMulaw } from '../../../src/audio/mulaw.js';
import { readWav, toMulaw8k, wavOf } from '../../../src/audio/wav.js';

/** A mono WAV, PCM 16 bit at 8 kHz, of μ-law bytes. */
export function mulawToWav(audio: Buffer): Buffer {
  return wavOf(decodeMulaw(audio));
}

/** A WAV file as μ-law at 8 kHz. */
export function wavToMulaw(file: Buffer): Buffer {
  const wav = readWav(file);
  if ('problem' in wav) throw new Error(`the WAV file cannot be read: ${wav.problem}`);
  return toMulaw8k(wav);
}
