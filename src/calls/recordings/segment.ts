import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import type { RecordingEncoding } from './recording-encoding.js';

/** A moment is a sample of each side. */
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
  encoding: RecordingEncoding;
  /** When its first moment was heard, in milliseconds since 1970 by this machine's clock. */
  startedAt: number;
  /** The moments that the file has by now. */
  moments: number;
}

/** The end of a name by which it is known how the audio is encoded. */
const MULAW_SUFFIX = '.mulaw.wav';
const PCM_SUFFIX = '.wav';

/** How a file or object of this name is encoded. */
export function encodingOf(name: string): RecordingEncoding {
  return name.endsWith(MULAW_SUFFIX) ? 'mulaw' : 'pcm';
}

export function suffixOf(encoding: RecordingEncoding): string {
  return encoding === 'mulaw' ? MULAW_SUFFIX : PCM_SUFFIX;
}

/** Under which name the store of recordings keeps a segment. */
export function nameOf(segment: SegmentKey & Pick<LocalSegment, 'encoding'>): string {
  return `${keyOf(segment)}${suffixOf(segment.encoding)}`;
}

/** What tells a segment from all others. */
export function keyOf({ runId, generation, n }: SegmentKey): string {
  return `${runId}/${generation}-${n}`;
}
