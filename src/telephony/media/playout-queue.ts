import { MULAW_FRAME_BYTES, MULAW_SILENCE } from '../../audio/mulaw.js';

/** The list of chunks is tidied when so many of them have been taken. */
const TAKEN_MAX = 512;
/** In place of a chunk that was taken, so that its memory is free before the list is tidied. */
const TAKEN = Buffer.alloc(0);
/** A block of memory that short pieces are copied into: half a second. */
const BLOCK_BYTES = 25 * MULAW_FRAME_BYTES;
/** Longer pieces stay where they are: an announcement's sound, which all its calls share. */
const SHORT_MAX = BLOCK_BYTES / 2;

/**
 * What waits to be sent, as frames of 20 ms: chunks as they came, of which only the last may be
 * shorter than a frame, or where it was flushed, and behind them a tail that waits for more.
 *
 * Short pieces are copied into memory of its own. A small buffer is a part of Node's pool of 8 KB: kept as it came,
 * a piece of 100 ms would hold ten times its size for as long as it waits.
 */
export class PlayoutQueue {
  private chunks: Buffer[] = [];
  /** How many chunks were taken, and how much of the next one. */
  private taken = 0;
  private offset = 0;
  /** Bytes short of a frame. */
  private readonly tail = Buffer.allocUnsafeSlow(MULAW_FRAME_BYTES);
  private tailLength = 0;
  /** Where the next short piece goes, and how much of that block is taken. */
  private block: Buffer | null = null;
  private blockTaken = 0;

  /** @param wholeFrames a shorter piece is filled up with silence */
  constructor(private readonly wholeFrames: boolean) {}

  /** No frame can be taken; there may be a tail. */
  get isEmpty(): boolean {
    return this.taken === this.chunks.length;
  }

  get hasTail(): boolean {
    return this.tailLength > 0;
  }

  /** μ-law of any length. The caller must not change it afterwards. */
  add(audio: Buffer): void {
    let rest = audio;
    if (this.tailLength > 0) {
      const taken = rest.copy(this.tail, this.tailLength);
      this.tailLength += taken;
      rest = rest.subarray(taken);
      if (this.tailLength === MULAW_FRAME_BYTES) this.closeTail();
    }
    const whole = rest.length - (rest.length % MULAW_FRAME_BYTES);
    if (whole > 0) this.chunks.push(this.kept(rest.subarray(0, whole)));
    if (whole < rest.length) this.tailLength = rest.copy(this.tail, 0, whole);
  }

  /** The tail is a frame all the same. Returns how many bytes of silence that took. */
  closeTail(): number {
    if (this.tailLength === 0) return 0;
    const short = this.wholeFrames ? MULAW_FRAME_BYTES - this.tailLength : 0;
    if (short > 0) {
      this.tail.fill(MULAW_SILENCE, this.tailLength);
      this.tailLength += short;
    }
    this.chunks.push(this.kept(this.tail.subarray(0, this.tailLength)));
    this.tailLength = 0;
    return short;
  }

  /** The next frame, which is in the queue no more; not of an empty queue. */
  take(): Buffer {
    const chunk = this.chunks[this.taken] as Buffer;
    const end = this.offset + MULAW_FRAME_BYTES;
    if (end < chunk.length) {
      const frame = chunk.subarray(this.offset, end);
      this.offset = end;
      return frame;
    }
    const frame = this.offset === 0 ? chunk : chunk.subarray(this.offset);
    this.offset = 0;
    this.chunks[this.taken] = TAKEN;
    this.taken += 1;
    if (this.taken === this.chunks.length) {
      this.chunks.length = 0;
      this.taken = 0;
    } else if (this.taken === TAKEN_MAX) {
      this.chunks.splice(0, this.taken);
      this.taken = 0;
    }
    return frame;
  }

  /** What waits, in pieces; at least the first `bytes` of it, where there are so many. */
  pieces(bytes: number): Buffer[] {
    const parts: Buffer[] = [];
    let length = 0;
    for (let at = this.taken; at < this.chunks.length && length < bytes; at += 1) {
      const chunk = this.chunks[at] as Buffer;
      const part = at === this.taken ? chunk.subarray(this.offset) : chunk;
      parts.push(part);
      length += part.length;
    }
    if (this.tailLength > 0) parts.push(Buffer.from(this.tail.subarray(0, this.tailLength)));
    return parts;
  }

  /** Puts back what was taken last, cut off anywhere: it comes before all that waits. */
  putBack(audio: Buffer): void {
    const rest = this.chunks.slice(this.taken);
    if (this.offset > 0 && rest[0]) rest[0] = rest[0].subarray(this.offset);
    this.chunks = audio.length > 0 ? [audio, ...rest] : rest;
    this.taken = 0;
    this.offset = 0;
    if (this.wholeFrames) this.cutAnew();
  }

  clear(): void {
    this.chunks = [];
    this.taken = 0;
    this.offset = 0;
    this.tailLength = 0;
  }

  private kept(audio: Buffer): Buffer {
    const { length } = audio;
    if (length > SHORT_MAX) return audio;
    if (!this.block || this.blockTaken + length > BLOCK_BYTES) {
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.blockTaken = 0;
    }
    const start = this.blockTaken;
    this.blockTaken += audio.copy(this.block, start);
    return this.block.subarray(start, this.blockTaken);
  }

  /** What was cut off in the middle of a frame is in whole frames again; the rest waits for more. */
  private cutAnew(): void {
    const all = Buffer.concat([...this.chunks, this.tail.subarray(0, this.tailLength)]);
    const whole = all.length - (all.length % MULAW_FRAME_BYTES);
    this.chunks = whole > 0 ? [all.subarray(0, whole)] : [];
    this.tailLength = all.copy(this.tail, 0, whole);
  }
}
