import { WAV_HEADER_BYTES } from '../../audio/wav.js';
import { sha256 } from '../../shared/sha256.js';
import type { Piece, Placed } from './recording-layout.js';
import { MOMENT_BYTES } from './segment.js';
import { segmentHeader } from './spool.js';

/** The most that is held in memory for a reader. */
const CHUNK_BYTES = 256 * 1024;

/** A piece whose bytes can be read. */
export interface ReadablePiece extends Piece {
  /** Which file or object it is; with the length, whether it is the same as before. */
  location: string;
  /** Reads bytes of its WAV; null, or fewer, where they are not there. */
  read: (from: number, to: number) => Promise<Buffer | null>;
}

/**
 * The recording of a call as one WAV: a header, the pieces in their places, and silence
 * between them. Nothing is read before it is asked for.
 */
export class Recording {
  /** The length of the whole WAV. */
  readonly bytes: number;
  /** Changes with the content. */
  readonly tag: string;
  private readonly moments: number;

  constructor(private readonly placed: ReadonlyArray<Placed<ReadablePiece>>) {
    const last = placed.at(-1);
    this.moments = last ? last.at + last.piece.moments : 0;
    this.bytes = WAV_HEADER_BYTES + this.moments * MOMENT_BYTES;
    const described = placed.map(({ at, piece }) => `${at} ${piece.location} ${piece.moments}`);
    this.tag = sha256(described.join('\n')).slice(0, 32);
  }

  /**
   * The bytes from `from` up to `to`, in chunks. The header comes with the first audio, so that the
   * first chunk tells whether the store answers.
   */
  async *read(from: number, to: number): AsyncGenerator<Buffer> {
    const header = segmentHeader(this.moments).subarray(from, Math.min(to, WAV_HEADER_BYTES));
    const audio = this.audio(Math.max(from, WAV_HEADER_BYTES), to);
    const first = await audio.next();
    yield first.done ? header : Buffer.concat([header, first.value]);
    yield* audio;
  }

  private async *audio(from: number, to: number): AsyncGenerator<Buffer> {
    let at = from;
    for (const { at: moment, piece } of this.placed) {
      const begins = WAV_HEADER_BYTES + moment * MOMENT_BYTES;
      const ends = begins + piece.moments * MOMENT_BYTES;
      if (at < begins) {
        yield* silence(Math.min(begins, to) - at);
        at = Math.min(begins, to);
      }
      for (; at < Math.min(ends, to); at = Math.min(ends, to, at + CHUNK_BYTES)) {
        const chunk = Math.min(ends, to, at + CHUNK_BYTES) - at;
        const offset = WAV_HEADER_BYTES + at - begins;
        yield await whole(piece.read(offset, offset + chunk), chunk);
      }
      if (at >= to) return;
    }
  }
}

function* silence(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    yield Buffer.alloc(Math.min(left, CHUNK_BYTES));
  }
}

/** What is missing of a piece, of which the store has lost something, is silence too. */
async function whole(reading: Promise<Buffer | null>, length: number): Promise<Buffer> {
  const bytes = await reading;
  if (bytes?.length === length) return bytes;
  const filled = Buffer.alloc(length);
  bytes?.copy(filled);
  return filled;
}
