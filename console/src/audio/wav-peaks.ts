import { m } from '../messages/all.js';

/** What is drawn of a recording: the peaks of each side, from 0 to 1, and its length. */
export interface Peaks {
  left: Float32Array;
  right: Float32Array;
  seconds: number;
}

/** The service writes a header of this size, followed by 16-bit stereo. */
const HEADER_BYTES = 44;
const RATE_OFFSET = 24;
const FRAME_BYTES = 4;
const FULL_SCALE = 32_768;

/**
 * Reads a recording as it comes and keeps only what is drawn, because an hour of a
 * call, decoded as a browser does it, would take more than a gigabyte.
 */
export class WavPeaks {
  private readonly left: Float32Array;
  private readonly right: Float32Array;
  private readonly frames: number;
  private rest = new Uint8Array(0);
  private rate = 0;
  private at = 0;

  /**
   * @param bytes of the whole file
   * @param columns into which its length is divided
   */
  constructor(bytes: number, columns: number) {
    this.frames = Math.max(1, Math.floor((bytes - HEADER_BYTES) / FRAME_BYTES));
    const used = Math.min(columns, this.frames);
    this.left = new Float32Array(used);
    this.right = new Float32Array(used);
  }

  /** Takes the next bytes, in pieces of any size. */
  push(piece: Uint8Array): void {
    const bytes = new Uint8Array(this.rest.length + piece.length);
    bytes.set(this.rest);
    bytes.set(piece, this.rest.length);
    const view = new DataView(bytes.buffer);
    let offset = 0;
    if (this.rate === 0) {
      if (bytes.length < HEADER_BYTES) {
        this.rest = bytes;
        return;
      }
      this.rate = view.getUint32(RATE_OFFSET, true);
      offset = HEADER_BYTES;
    }
    for (; offset + FRAME_BYTES <= bytes.length; offset += FRAME_BYTES) {
      const column = Math.floor((this.at * this.left.length) / this.frames);
      keep(this.left, column, view.getInt16(offset, true));
      keep(this.right, column, view.getInt16(offset + 2, true));
      this.at += 1;
    }
    this.rest = bytes.slice(offset);
  }

  /** @throws Error when the bytes were not a recording */
  finish(): Peaks {
    if (this.rate === 0) throw new Error(m.recording.theRecordingIsNotWhole);
    return { left: this.left, right: this.right, seconds: this.at / this.rate };
  }
}

function keep(peaks: Float32Array, column: number, sample: number): void {
  const loudness = Math.abs(sample) / FULL_SCALE;
  if (loudness > (peaks[column] ?? 1)) peaks[column] = loudness;
}
