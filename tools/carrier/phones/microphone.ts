import { MULAW_FRAME_BYTES } from '../../../src/audio/mulaw.js';
import { SILENT_FRAME } from '../media/caller-audio.js';

/** What must be there before it begins to be used: what comes over a network comes unevenly. */
const BEGIN_BYTES = 3 * MULAW_FRAME_BYTES;
/** More than this is a delay that never ends; it is cut down to {@link BEGIN_BYTES}. */
const MOST_BYTES = 25 * MULAW_FRAME_BYTES;

/** Evens out the audio of a phone: pieces of any size in, 20 ms frames out, silence where there is nothing. */
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
