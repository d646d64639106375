import {
  decodeMulaw,
  encodeMulaw,
  MULAW_BYTES_PER_SECOND,
  MULAW_SILENCE,
} from '../../audio/mulaw.js';
import {
  MULAW_WAV_HEADER_BYTES,
  WAV_HEADER_BYTES,
  wavHeader,
  type WavEncoding,
} from '../../audio/wav.js';

/**
 * How the moments of a recording are kept, or sent, left and right in turn:
 * - `mulaw`: a byte of each side, as carriers send it
 * - `pcm`: 16 bits of each side, least significant byte first
 */
export const RECORDING_ENCODINGS = ['pcm', 'mulaw'] as const;
export type RecordingEncoding = (typeof RECORDING_ENCODINGS)[number];

/** What must be known of an encoding to read and write it. */
export interface EncodingForm {
  momentBytes: number;
  /** The bytes of the WAV before its audio. */
  headerBytes: number;
  header: (moments: number) => Buffer;
  /** The value of every byte of silence. */
  silence: number;
}

export const ENCODING_FORMS: Readonly<Record<RecordingEncoding, EncodingForm>> = {
  mulaw: {
    momentBytes: 2,
    headerBytes: MULAW_WAV_HEADER_BYTES,
    header: headerOf('mulaw', 2),
    silence: MULAW_SILENCE,
  },
  pcm: {
    momentBytes: 4,
    headerBytes: WAV_HEADER_BYTES,
    header: headerOf('pcm', 4),
    silence: 0,
  },
};

function headerOf(encoding: WavEncoding, momentBytes: number): EncodingForm['header'] {
  const sampleRate = MULAW_BYTES_PER_SECOND;
  return (moments) =>
    wavHeader({ encoding, sampleRate, channels: 2, dataBytes: moments * momentBytes });
}

/** Moments in another encoding. */
export function converted(audio: Buffer, from: RecordingEncoding, to: RecordingEncoding): Buffer {
  if (from === to) return audio;
  if (to === 'mulaw') return encodeMulaw(samplesOf(audio));
  const { buffer, byteOffset, byteLength } = decodeMulaw(audio);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A copy, because the bytes may begin at an odd place in their memory. */
function samplesOf(pcm: Buffer): Int16Array {
  const samples = new Int16Array(pcm.length / 2);
  Buffer.from(samples.buffer).set(pcm.subarray(0, samples.byteLength));
  return samples;
}
