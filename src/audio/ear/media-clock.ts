const FRAME_MS = 20;
/** The least lateness of so many frames tells by how much the clock is off. */
const WINDOW_FRAMES = 50;

/**
 * When frames of the caller's were spoken, from when they came: steadily one after another, though they come late
 * and several at once. Times in milliseconds.
 */
export class MediaClock {
  /** Not a number before the first. */
  private next = Number.NaN;
  private frames = 0;
  private leastLate = Infinity;

  /** The next frame came at `now`. Returns when it would have come, had nothing held it up. */
  take(now: number): number {
    if (Number.isNaN(this.next)) this.next = now;
    const late = now - this.next;
    // None can come before it was spoken: those before were late.
    if (late < 0) this.next = now;
    this.leastLate = Math.min(this.leastLate, Math.max(0, late));
    this.frames++;
    if (this.frames === WINDOW_FRAMES) {
      this.next += this.leastLate;
      this.frames = 0;
      this.leastLate = Infinity;
    }
    const at = this.next;
    this.next = at + FRAME_MS;
    return at;
  }
}
