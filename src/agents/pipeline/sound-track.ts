import { MULAW_BYTES_PER_SECOND, decodeMulaw } from '../../audio/mulaw.js';

const FRAME_MS = 10;
const FRAME_BYTES = (FRAME_MS * MULAW_BYTES_PER_SECOND) / 1_000;
/** What is so much quieter than the loudest frame is silence: 36 dB. */
const QUIET = 1 / 64;
/** Shorter silence is part of a word, such as before a "t". */
const PAUSE_FRAMES = 8;

/** Where there is sound in what is said, and where pauses are. */
export class SoundTrack {
  /** The loudest sample of each frame. */
  private readonly peaks: number[] = [];
  private rest: Buffer = Buffer.alloc(0);

  /** @param mulaw of any length */
  write(mulaw: Buffer): void {
    const all = this.rest.length === 0 ? mulaw : Buffer.concat([this.rest, mulaw]);
    let at = 0;
    for (; at + FRAME_BYTES <= all.length; at += FRAME_BYTES) {
      const samples = decodeMulaw(all.subarray(at, at + FRAME_BYTES));
      let peak = 0;
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      this.peaks.push(peak);
    }
    this.rest = Buffer.from(all.subarray(at));
  }

  get isEmpty(): boolean {
    return this.peaks.length === 0;
  }

  /** How much of the first so many milliseconds was sound; by default of all. */
  soundMs(ms = Infinity): number {
    const quiet = this.peaks.reduce((most, peak) => Math.max(most, peak), 0) * QUIET;
    const end = Math.min(this.peaks.length, ms / FRAME_MS);
    let [sound, silence] = [0, 0];
    for (const [at, peak] of this.peaks.entries()) {
      if (peak <= quiet) {
        silence += 1;
        continue;
      }
      // Silence at the beginning is none of it, however short.
      const isPart = silence < PAUSE_FRAMES && sound > 0;
      if (isPart) sound += Math.max(0, Math.min(silence, end - (at - silence)));
      silence = 0;
      if (at >= end) break;
      sound += Math.min(1, end - at);
    }
    return sound * FRAME_MS;
  }
}
