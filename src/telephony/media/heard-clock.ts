import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;
/** Before the carrier has returned a mark. */
const FIRST_GUESS_MS = 20;
/** So many marks back: the fastest of them was held up least. */
const OFFSETS_KEPT = 3;

/**
 * How much of what was sent the caller has heard.
 *
 * The carrier plays what it gets without a break until it runs dry, so send
 * times tell when each byte is due; returned marks tell by how much the carrier
 * is behind. Positions count μ-law bytes (an eighth of a millisecond) since the
 * stream began; times are milliseconds of one monotonic clock.
 */
export class HeardClock {
  /** Where the next byte to be sent stands. */
  sent = 0;
  /** The stretch being played without a break: where it began, and when. */
  private from = 0;
  private since = 0;
  private readonly offsets: number[] = [];
  private delay = FIRST_GUESS_MS;

  /** `bytes` more are on their way. */
  send(bytes: number, now: number): void {
    if (this.playedOut(now)) {
      this.from = this.sent;
      this.since = now;
    }
    this.sent += bytes;
  }

  /** What the carrier holds unplayed, in milliseconds, if it got everything at once. */
  bufferedMs(now: number): number {
    return Math.max(0, this.endsAt() - now);
  }

  /** When everything sent so far will have been played, not counting the way there. */
  endsAt(): number {
    return this.since + (this.sent - this.from) / BYTES_PER_MS;
  }

  /** Up to where the caller has heard at this moment. */
  heard(now: number): number {
    return this.played(now - this.delayMs());
  }

  /**
   * The position that the caller will have heard when a `clear` that leaves now reaches the
   * carrier: it takes as long to arrive as the audio did.
   */
  heardAtClear(now: number): number {
    return this.played(now);
  }

  /** What the carrier held is gone: the stream goes on from `position`. */
  rewind(position: number, now: number): void {
    this.sent = position;
    this.from = position;
    this.since = now;
  }

  /** A mark is back that was due at `dueAt` (see {@link endsAt}). */
  markReturned(dueAt: number, now: number): void {
    this.offsets.push(Math.max(0, now - dueAt));
    if (this.offsets.length > OFFSETS_KEPT) this.offsets.shift();
    this.delay = Math.min(...this.offsets) / 2;
  }

  /** From sending to hearing: half of the way there and back. */
  delayMs(): number {
    return this.delay;
  }

  private playedOut(now: number): boolean {
    return this.endsAt() <= now;
  }

  private played(at: number): number {
    const bytes = Math.max(0, Math.floor((at - this.since) * BYTES_PER_MS));
    return Math.min(this.sent, this.from + bytes);
  }
}
