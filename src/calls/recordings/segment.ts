import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';

/** Bytes of one moment in a recording: a sample of 16 bits of each side. */
export const MOMENT_BYTES = 4;
export const MOMENTS_PER_SECOND = MULAW_BYTES_PER_SECOND;
const SEGMENT_SECONDS = 30;
/** The moments of a full segment. */
export const SEGMENT_MOMENTS = SEGMENT_SECONDS * MOMENTS_PER_SECOND;

/** One piece of a stream's recording. All but the last of a stream are full. */
export interface SegmentKey {
  runId: number;
  /** Of the stream. */
  generation: number;
  /** Counted from 0 in each stream. */
  n: number;
}

/** A segment on this machine's disk that is not in the store of recordings yet. */
export interface LocalSegment extends SegmentKey {
  path: string;
  /** When its first moment was heard, in milliseconds since 1970 by this machine's clock. */
  startedAt: number;
  /** The moments that the file has by now. */
  moments: number;
}

/** Under which name the store of recordings keeps a segment. */
export function nameOf({ runId, generation, n }: SegmentKey): string {
  return `${runId}/${generation}-${n}.wav`;
}
