import { MULAW_FRAME_BYTES } from '../../../src/audio/mulaw.js';
import { SILENT_FRAME } from '../media/caller-audio.js';

/** How much must have arrived before the first frame is taken, because audio arrives unevenly over a network. */
const BEGIN_BYTES = 3 * MULAW_FRAME_BYTES;
/** More than this would be a delay that stays; it is cut down to {@link BEGIN_BYTES}. */
const MOST_BYTES = 25 * MULAW_FRAME_BYTES;

/** Evens out the audio of a phone: takes pieces of any size and returns frames of 20 ms, with silence where audio is missing. */
export class Microphone {
  private waiting: Buffer = Buffer.alloc(0);
  private running = false;

  push(audio: Buffer): void {
    this.waiting = Buffer.concat([this.waiting, audio]);
    if (this.waiting.length > MOST_BYTES) this.waiting = this.waiting.subarray(-BEGIN_BYTES);
    if (this.waiting.length >= BEGIN_BYTES) this.running = true;
  }

  next(): Buffer {
    if (this.waiting.length < MULAW_FRAME_BYTES) this.running = false;
    if (!this.running) return SILENT_FRAME;
    const frame = this.waiting.subarray(0, MULAW_FRAME_BYTES);
    this.waiting = this.waiting.subarray(MULAW_FRAME_BYTES);
    return frame;
  }

  clear(): void {
    this.waiting = Buffer.alloc(0);
    this.running = false;
  }
}
