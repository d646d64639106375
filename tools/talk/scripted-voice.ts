import { MULAW_FRAME_BYTES } from '../../src/audio/mulaw.js';
import { SILENT_FRAME } from '../carrier/media/caller-audio.js';

/** What the caller says: what was queued, and silence before, between and after. */
export class ScriptedVoice {
  private readonly frames: Buffer[] = [];
  private whenSaid: () => void = () => undefined;

  /** The next 20 ms, taken fifty times a second while a stream is open. */
  nextFrame(): Buffer {
    const frame = this.frames.shift();
    if (frame && this.frames.length === 0) this.whenSaid();
    return frame ?? SILENT_FRAME;
  }

  /** Resolves when all of it was said. */
  say(mulaw: Buffer): Promise<void> {
    for (let at = 0; at < mulaw.length; at += MULAW_FRAME_BYTES) {
      const frame = mulaw.subarray(at, at + MULAW_FRAME_BYTES);
      this.frames.push(Buffer.concat([frame, SILENT_FRAME.subarray(frame.length)]));
    }
    return mulaw.length === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.whenSaid = resolve;
        });
  }
}
