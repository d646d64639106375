import { MOMENTS_PER_SECOND, SEGMENT_MOMENTS, type SegmentKey } from './segment.js';

const PER_MS = MOMENTS_PER_SECOND / 1_000;
/** The longest silence between two streams of a call; more comes of a clock that was set. */
const PAUSE_MAX = 3_600 * MOMENTS_PER_SECOND;

/** A piece of a recording that can be read. */
export interface Piece extends Omit<SegmentKey, 'runId'> {
  /** When its first moment was heard, in milliseconds by the store's clock. */
  startedAt: number;
  moments: number;
}

/** Where a piece stands in the recording, in moments from its beginning. */
export interface Placed<P extends Piece> {
  piece: P;
  at: number;
}

/**
 * Places the pieces of a recording, in order of generation and number, where they were heard. In
 * a stream each has its place by its number, so one that is missing leaves a gap of its
 * length. A stream has its place by the time at which it began. Where that, by the
 * clock, was before the end of the one before it, it follows at once: nothing that was
 * said is left out. What no piece covers is silence.
 */
export function layOut<P extends Piece>(pieces: readonly P[]): Array<Placed<P>> {
  const placed: Array<Placed<P>> = [];
  let generation: number | null = null;
  let recordingBegan = 0;
  let streamAt = 0;
  let end = 0;
  for (const piece of pieces) {
    if (piece.generation !== generation) {
      const streamBegan = piece.startedAt - (piece.n * SEGMENT_MOMENTS) / PER_MS;
      if (generation === null) recordingBegan = streamBegan;
      const heardAt = Math.round((streamBegan - recordingBegan) * PER_MS);
      streamAt = Math.min(Math.max(heardAt, end), end + PAUSE_MAX);
      generation = piece.generation;
    }
    const at = streamAt + piece.n * SEGMENT_MOMENTS;
    placed.push({ piece, at });
    end = at + piece.moments;
  }
  return placed;
}
