import type { Recording } from '../recordings/recording.js';
import { ENCODING_FORMS } from '../recordings/recording-encoding.js';
import { MOMENTS_PER_SECOND } from '../recordings/segment.js';
import { SPEAKERS, type Speaker } from './transcript.js';

/** How much of one side goes with one request: 5 MB. */
const PART_MS = 5 * 60_000;
const PART_MOMENTS = (PART_MS / 1_000) * MOMENTS_PER_SECOND;
const { headerBytes, momentBytes } = ENCODING_FORMS.pcm;
const SAMPLE_BYTES = 2;

/** One side of a part of a recording. */
export interface RecordingPart {
  speaker: Speaker;
  /** From the recording's beginning. */
  atMs: number;
  samples: Int16Array;
}

/** How many parts a recording in PCM has: of each stretch the caller's, then the agent's. */
export function partsOf(recording: Recording): number {
  return SPEAKERS.length * Math.ceil(momentsOf(recording) / PART_MOMENTS);
}

/**
 * Reads a part of a recording in PCM.
 * @throws RecordingStoreError
 */
export async function readPart(recording: Recording, part: number): Promise<RecordingPart> {
  const side = part % SPEAKERS.length;
  const from = Math.floor(part / SPEAKERS.length) * PART_MOMENTS;
  const to = Math.min(momentsOf(recording), from + PART_MOMENTS);
  const samples = new Int16Array(to - from);
  const first = headerBytes + from * momentBytes;
  let at = 0;
  for await (const chunk of recording.read(first, headerBytes + to * momentBytes)) {
    // Chunks are whole moments, since they begin and end at some.
    for (let byte = side * SAMPLE_BYTES; byte < chunk.length; byte += momentBytes, at += 1) {
      samples[at] = chunk.readInt16LE(byte);
    }
  }
  return { speaker: SPEAKERS[side] as Speaker, atMs: (from * 1_000) / MOMENTS_PER_SECOND, samples };
}

function momentsOf({ bytes }: Recording): number {
  return (bytes - headerBytes) / momentBytes;
}
