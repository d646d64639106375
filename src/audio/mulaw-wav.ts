/** The bytes before the samples of a WAV of μ-law. */
export const MULAW_WAV_HEADER_BYTES = 58;

const MULAW = 7;
/** An encoding other than PCM has a longer description, and its number of samples in a chunk of its own. */
const FORMAT_BYTES = 18;

/**
 * The header of a WAV of stereo μ-law at 8 kHz, such as other programs write it.
 * @param samples of one channel. A number too large for a WAV header is written as unknown.
 */
export function mulawWavHeader(samples: number): Buffer {
  const header = Buffer.alloc(MULAW_WAV_HEADER_BYTES);
  const dataBytes = Math.min(samples * 2, 0xffff_ffff);
  header.write('RIFF', 0);
  header.writeUInt32LE(Math.min(MULAW_WAV_HEADER_BYTES - 8 + dataBytes, 0xffff_ffff), 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(FORMAT_BYTES, 16);
  header.writeUInt16LE(MULAW, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(8, 34);
  // Offset 36 says that nothing more describes the format.
  header.write('fact', 38);
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(Math.min(samples, 0xffff_ffff), 46);
  header.write('data', 50);
  header.writeUInt32LE(dataBytes, 54);
  return header;
}
