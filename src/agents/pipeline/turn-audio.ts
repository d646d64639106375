import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1_000;
/** A turn begins a little before it is told. */
const BEFORE_BYTES = 1_000 * BYTES_PER_MS;
/** Of a longer turn only the end is kept. */
const TURN_BYTES_MAX = 120_000 * BYTES_PER_MS;
/** Of the silence at the end, what is written down too, so that no sound is cut. */
const SILENCE_KEPT_MS = 200;

/** What the caller said last, μ-law: the present turn, or the last second. */
export class TurnAudio {
  private parts: Buffer[] = [];
  private bytes = 0;
  private isOpen = false;

  hear(mulaw: Buffer): void {
    this.parts.push(mulaw);
    this.bytes += mulaw.length;
    const most = this.isOpen ? TURN_BYTES_MAX : BEFORE_BYTES;
    while (this.bytes - (this.parts[0]?.length ?? 0) >= most) {
      this.bytes -= this.parts.shift()?.length ?? 0;
    }
  }

  begin(): void {
    this.isOpen = true;
  }

  /** What was heard last, in milliseconds, as far as it is kept. */
  last(ms: number): Buffer {
    const all = Buffer.concat(this.parts);
    return all.subarray(Math.max(0, all.length - Math.round(ms) * BYTES_PER_MS));
  }

  /** The turn that has ended, with a little of the silence after it. */
  end({ audioMs, silenceMs }: { audioMs: number; silenceMs: number }): Buffer {
    const all = Buffer.concat(this.parts);
    const from = Math.max(0, all.length - Math.round(audioMs) * BYTES_PER_MS);
    const silence = Math.max(0, Math.round(silenceMs - SILENCE_KEPT_MS)) * BYTES_PER_MS;
    const turn = all.subarray(from, Math.max(from, all.length - silence));
    this.isOpen = false;
    this.parts = [];
    this.bytes = 0;
    return turn;
  }
}
