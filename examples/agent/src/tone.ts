const SAMPLES_PER_MS = 8;
const LOUDNESS = 8_000;

/** 16-bit PCM at 8 kHz. */
export function tone(hertz: number, ms: number): Buffer {
  const audio = Buffer.alloc(ms * SAMPLES_PER_MS * 2);
  for (let n = 0; n < ms * SAMPLES_PER_MS; n += 1) {
    const sample = LOUDNESS * Math.sin((2 * Math.PI * hertz * n) / (1_000 * SAMPLES_PER_MS));
    audio.writeInt16LE(Math.round(sample), n * 2);
  }
  return audio;
}
