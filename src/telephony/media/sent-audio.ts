import { MULAW_FRAME_BYTES } from '../../audio/mulaw.js';

/** Frames that fit before it grows: 640 ms. */
const FIRST_SLOTS = 32;

export type OnHeard = (frame: Buffer, at: number) => void;

/**
 * What was sent and is not known to be heard: frames of up to 160 bytes, oldest
 * first, contiguous in the stream.
 *
 * Frames are copied into memory of its own. Kept as they come, each would live
 * a third of a second, just long enough to become a burden of the old
 * generation: at 500 calls that cost the event loop 50 ms at a time.
 */
export class SentAudio {
  private slots = FIRST_SLOTS;
  private bytes = Buffer.allocUnsafeSlow(FIRST_SLOTS * MULAW_FRAME_BYTES);
  private lengths = new Uint8Array(FIRST_SLOTS);
  private times = new Float64Array(FIRST_SLOTS);
  private oldest = 0;
  private kept = 0;
  /** Where the oldest frame begins in the stream. */
  private from = 0;

  /** The number of frames. */
  get size(): number {
    return this.kept;
  }

  /** @param at when it is heard, in milliseconds */
  push(frame: Buffer, at: number): void {
    if (this.kept === this.slots) this.grow();
    const slot = (this.oldest + this.kept) & (this.slots - 1);
    frame.copy(this.bytes, slot * MULAW_FRAME_BYTES);
    this.lengths[slot] = frame.length;
    this.times[slot] = at;
    this.kept += 1;
  }

  /**
   * Lets go of the frames that end at or before `heard`.
   * @param tell given each of them; the buffer is good until it returns
   */
  release(heard: number, tell: OnHeard | null): void {
    while (this.kept > 0) {
      const frame = this.frame(this.oldest);
      if (this.from + frame.length > heard) return;
      tell?.(frame, this.times[this.oldest] as number);
      this.drop(frame.length);
    }
  }

  /** Lets go of all: what of it ends at `heard` is told, the rest is returned. */
  cut(heard: number, tell: OnHeard | null): Buffer {
    this.release(heard, tell);
    const rest: Buffer[] = [];
    const { oldest, kept } = this;
    for (let n = 0; n < kept; n += 1) {
      const slot = (oldest + n) & (this.slots - 1);
      const frame = this.frame(slot);
      const begun = n === 0 ? Math.max(0, heard - this.from) : 0;
      if (begun > 0) {
        tell?.(frame.subarray(0, begun), this.times[slot] as number);
        // What was heard of it stays behind, for `since`.
        this.oldest = (slot + 1) & (this.slots - 1);
      }
      this.lengths[slot] = begun;
      rest.push(frame.subarray(begun));
    }
    this.kept = 0;
    this.from = heard;
    return Buffer.concat(rest);
  }

  /**
   * A copy of what was sent from `position` on, heard or not; it begins later where that is no
   * longer in memory. After {@link cut} it ends with what was heard.
   */
  since(position: number): Buffer {
    let slot = this.oldest;
    let { from } = this;
    // What was let go of lies before the oldest, until it is written over.
    for (let left = this.slots - this.kept - 1; left > 0 && from > position; left -= 1) {
      const before = (slot - 1) & (this.slots - 1);
      if (this.lengths[before] === 0) break;
      slot = before;
      from -= this.lengths[before] as number;
    }
    const frames: Buffer[] = [];
    const end = (this.oldest + this.kept) & (this.slots - 1);
    const isFull = this.kept === this.slots;
    while (slot !== end || (isFull && frames.length === 0)) {
      frames.push(this.frame(slot));
      slot = (slot + 1) & (this.slots - 1);
    }
    return Buffer.concat(frames).subarray(Math.max(0, position - from));
  }

  private frame(slot: number): Buffer {
    const start = slot * MULAW_FRAME_BYTES;
    return this.bytes.subarray(start, start + (this.lengths[slot] as number));
  }

  private drop(length: number): void {
    this.from += length;
    this.oldest = (this.oldest + 1) & (this.slots - 1);
    this.kept -= 1;
  }

  /** A carrier far away: what it has is heard late. */
  private grow(): void {
    const { bytes, lengths, times, slots, oldest } = this;
    this.slots = slots * 2;
    this.bytes = Buffer.allocUnsafeSlow(this.slots * MULAW_FRAME_BYTES);
    this.lengths = new Uint8Array(this.slots);
    this.times = new Float64Array(this.slots);
    this.oldest = 0;
    for (let at = 0; at < slots; at += 1) {
      const slot = (oldest + at) & (slots - 1);
      bytes.copy(
        this.bytes,
        at * MULAW_FRAME_BYTES,
        slot * MULAW_FRAME_BYTES,
        (slot + 1) * MULAW_FRAME_BYTES,
      );
      this.lengths[at] = lengths[slot] as number;
      this.times[at] = times[slot] as number;
    }
  }
}
