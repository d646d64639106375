/** 16-bit samples as little-endian bytes, the order of agents and WAV files. */
export function pcmBytes(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length * 2);
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index] ?? 0;
    bytes[2 * index] = sample & 0xff;
    bytes[2 * index + 1] = (sample >> 8) & 0xff;
  }
  return bytes;
}

/** Little-endian bytes as 16-bit samples. Half a sample at the end is left out. */
export function pcmSamples(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let index = 0; index < samples.length; index++) {
    samples[index] = (bytes[2 * index] ?? 0) | ((bytes[2 * index + 1] ?? 0) << 8);
  }
  return samples;
}
