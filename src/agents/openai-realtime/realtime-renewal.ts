import { EarlyAudio } from './early-audio.js';

/** OpenAI ends a session after an hour (its guide "Realtime conversations", on the maximum duration). */
const SESSION_MAX_MS = 60 * 60_000;
/** So long before its end a session is renewed: time for a pause to come, and for several tries. */
const AHEAD_MS = 5 * 60_000;
/** A silence of both sides that counts as a pause: nothing of the last second, which the next session hears, is speech that was heard. */
const PAUSE_MS = 2_000;
const AGAIN_MS = 30_000;
const LOOK_MS = 250;
/** What the next session hears of the time before it: the beginning of a word that the one before has not noticed. */
const OVERLAP_MS = 1_000;

/** A session that could take the place of another. */
export interface Successor {
  close(): void;
}

export interface RenewalParts<Line extends Successor> {
  /** Whether neither side speaks, and nothing is under way. */
  isPause: () => boolean;
  /** Begins another session beside the present one. */
  open: () => Line;
  /**
   * It takes the present one's place.
   * @param recent the caller's newest audio, at most a second
   */
  take: (line: Line, recent: Buffer) => void;
}

/**
 * Has a session renewed before it ends, at a pause of the conversation: the next one is set up first, and the present one goes
 * on until then. Where none can be had it is tried again every 30 seconds.
 */
export class RealtimeRenewal<Line extends Successor> {
  private timer: NodeJS.Timeout | null = null;
  private recent: EarlyAudio | null = null;
  private next: Line | null = null;
  /** When the next one ends; null: it is not set up yet. */
  private nextEndsAt: number | null = null;
  private quietSince: number | null = null;
  private notBefore = 0;

  /** @param now monotonic milliseconds */
  constructor(
    private readonly parts: RenewalParts<Line>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * The present session was set up.
   * @param lastsMs how long it will last, as the server says; null: it does not
   */
  begun(lastsMs: number | null): void {
    this.endsAt(this.now() + lastingOf(lastsMs));
  }

  /** The caller's audio, which the present session hears. */
  heard(audio: Buffer): void {
    this.recent?.keep(audio);
  }

  /** The next session is set up. */
  ready(line: Line, lastsMs: number | null): void {
    if (line === this.next) this.nextEndsAt = this.now() + lastingOf(lastsMs);
  }

  /** The next session is lost, and already closed: the present one goes on. */
  failed(line: Line): void {
    if (line !== this.next) return;
    this.next = null;
    this.nextEndsAt = null;
    this.notBefore = this.now() + AGAIN_MS;
  }

  /** There is no present session any more. */
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.recent = null;
    this.quietSince = null;
    this.nextEndsAt = null;
    this.next?.close();
    this.next = null;
  }

  private endsAt(at: number): void {
    this.stop();
    const leftMs = at - this.now();
    // A session that ends soon is not renewed over and over.
    const dueMs = Math.max(leftMs - AHEAD_MS, leftMs / 2);
    this.timer = setTimeout(() => {
      this.recent = new EarlyAudio(OVERLAP_MS);
      this.look();
    }, dueMs);
  }

  private look(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), LOOK_MS);
    const now = this.now();
    this.quietSince = this.parts.isPause() ? (this.quietSince ?? now) : null;
    if (this.quietSince === null || now - this.quietSince < PAUSE_MS) return;
    if (!this.next) {
      if (now >= this.notBefore) this.next = this.parts.open();
      return;
    }
    if (this.nextEndsAt !== null) this.takeOver(this.next, this.nextEndsAt);
  }

  private takeOver(line: Line, endsAt: number): void {
    const recent = this.recent?.all() ?? Buffer.alloc(0);
    this.next = null;
    this.endsAt(endsAt);
    this.parts.take(line, recent);
  }
}

/** A figure that makes no sense, as by a wrong clock, does not count. */
function lastingOf(lastsMs: number | null): number {
  return lastsMs !== null && lastsMs > 0 && lastsMs < SESSION_MAX_MS ? lastsMs : SESSION_MAX_MS;
}
