import { sha256 } from '../../shared/sha256.js';
import { converted, ENCODING_FORMS, type RecordingEncoding } from './recording-encoding.js';
import type { Piece, Placed } from './recording-layout.js';

/** The most that is held in memory for a reader, in moments: 256 KB of PCM. */
const CHUNK_MOMENTS = 64 * 1024;

/** A piece whose bytes can be read. */
export interface ReadablePiece extends Piece {
  /** Which file or object it is; with the length, whether it is the same as before. */
  location: string;
  /** Of its WAV. */
  encoding: RecordingEncoding;
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

  constructor(
    private readonly placed: ReadonlyArray<Placed<ReadablePiece>>,
    private readonly encoding: RecordingEncoding,
  ) {
    const last = placed.at(-1);
    const { headerBytes, momentBytes } = ENCODING_FORMS[encoding];
    this.moments = last ? last.at + last.piece.moments : 0;
    this.bytes = headerBytes + this.moments * momentBytes;
    const described = placed.map(({ at, piece }) => `${at} ${piece.location} ${piece.moments}`);
    this.tag = sha256([encoding, ...described].join('\n')).slice(0, 32);
  }

  /**
   * The bytes from `from` up to `to`, in chunks. The header comes with the first audio, so that the
   * first chunk tells whether the store answers.
   */
  async *read(from: number, to: number): AsyncGenerator<Buffer> {
    const { headerBytes, header } = ENCODING_FORMS[this.encoding];
    const head = header(this.moments).subarray(from, Math.min(to, headerBytes));
    const audio = this.audio(Math.max(0, from - headerBytes), to - headerBytes);
    const first = await audio.next();
    yield first.done ? head : Buffer.concat([head, first.value]);
    yield* audio;
  }

  /** The audio's bytes from `from` up to `to`: they may begin and end within a moment. */
  private async *audio(from: number, to: number): AsyncGenerator<Buffer> {
    const { momentBytes } = ENCODING_FORMS[this.encoding];
    let at = from;
    while (at < to) {
      const begins = Math.floor(at / momentBytes);
      const chunk = await this.chunk(begins, Math.ceil(to / momentBytes));
      const part = chunk.subarray(at - begins * momentBytes, to - begins * momentBytes);
      yield part;
      at += part.length;
    }
  }

  /** Moments from `from` on, not beyond `to`: of one piece, or of the silence before the next. */
  private async chunk(from: number, to: number): Promise<Buffer> {
    const end = Math.min(to, from + CHUNK_MOMENTS);
    const next = this.placed.find(({ at, piece }) => from < at + piece.moments);
    if (!next) return silence(this.encoding, end - from);
    const { at, piece } = next;
    if (from < at) return silence(this.encoding, Math.min(end, at) - from);
    const moments = Math.min(end, at + piece.moments) - from;
    return converted(await whole(piece, from - at, moments), piece.encoding, this.encoding);
  }
}

function silence(encoding: RecordingEncoding, moments: number): Buffer {
  const { momentBytes, silence: value } = ENCODING_FORMS[encoding];
  return Buffer.alloc(moments * momentBytes, value);
}

/** What is missing of a piece, of which the store has lost something, is silence too. */
async function whole(piece: ReadablePiece, from: number, moments: number): Promise<Buffer> {
  const { headerBytes, momentBytes } = ENCODING_FORMS[piece.encoding];
  const offset = headerBytes + from * momentBytes;
  const bytes = await piece.read(offset, offset + moments * momentBytes);
  if (bytes?.length === moments * momentBytes) return bytes;
  const filled = silence(piece.encoding, moments);
  bytes?.copy(filled);
  return filled;
}
