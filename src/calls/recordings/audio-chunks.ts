import { MULAW_SILENCE } from '../../audio/mulaw.js';
import { ENCODING_FORMS } from './recording-encoding.js';
import { MOMENTS_PER_SECOND } from './segment.js';

/** The moments of a chunk: a second. */
export const CHUNK_MOMENTS = MOMENTS_PER_SECOND;
const CHUNK_BYTES = CHUNK_MOMENTS * ENCODING_FORMS.mulaw.momentBytes;
/** Chunks that are kept for the next recording that needs one: 2 MB. */
const KEPT_MAX = 128;

/**
 * The memory in which recordings wait for the disk, in chunks of a second of both sides, μ-law.
 * All recordings of the process share it: a call has what it needs at the moment, and a chunk
 * that was written is used again, so that the garbage collector has nothing to do with it.
 */
export class AudioChunks {
  private readonly free: Buffer[] = [];

  /** A chunk of silence. */
  take(): Buffer {
    const chunk = this.free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    return chunk.fill(MULAW_SILENCE);
  }

  /** Nothing reads or writes it any more. */
  giveBack(chunk: Buffer): void {
    if (this.free.length < KEPT_MAX) this.free.push(chunk);
  }
}

/** A chunk of a second in which nobody spoke. */
export const SILENT_CHUNK: Buffer = Buffer.alloc(CHUNK_BYTES, MULAW_SILENCE);
