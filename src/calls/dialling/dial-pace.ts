/** How far ahead of their time dials are claimed, so that one commit serves several. */
export const AHEAD_MS = 100;
/** How many dials one commit claims. */
export const CLAIMED_MAX = 20;
/** How late a dial may always be, and may be at most. */
const LATE_MIN_MS = 50;
const LATE_MAX_MS = 1_000;
/** What the instances' ideas of the store's time may differ by. */
const UNCERTAIN_MS = 10;

/**
 * The moments at which an account may dial. They are evenly spaced, and a quiet hour is not saved
 * up for a burst. No second, wherever it begins, holds more than one dial above the setting.
 *
 * Dials are late, by different times. If none is later than `lateMs`, those in one second had
 * their moments in `1,000 + lateMs`, and these are at most one above the setting if `lateMs` is
 * no longer than the time between two moments. A faster pace than 20 a second would leave less
 * than 50 ms; there the moments are a little further apart, at most by 5 %.
 *
 * Times are microseconds of the store's clock, since at 1,000 dials a second a whole
 * millisecond is too coarse.
 */
export class DialPace {
  readonly spacingUs: number;
  /** A dial that is later than this must not be made; the run waits for another moment. */
  readonly lateMs: number;

  /** @param perSecond dials a second; a fraction means less than one */
  constructor(perSecond: number) {
    const most = Math.floor(perSecond) + 1;
    const lateMs = Math.min(LATE_MAX_MS, Math.max(LATE_MIN_MS, (most / perSecond - 1) * 1_000));
    this.spacingUs = Math.ceil(Math.max(1_000_000 / perSecond, ((1_000 + lateMs) / most) * 1_000));
    this.lateMs = lateMs - UNCERTAIN_MS;
  }

  /** How many dials one claim asks for at most. */
  get claimed(): number {
    return Math.min(CLAIMED_MAX, Math.floor((AHEAD_MS * 1_000) / this.spacingUs) + 1);
  }

  /**
   * The next moments, whole microseconds, at most `count`, that are not too far ahead; none: the next one is.
   *
   * @param freeAtUs the first moment that nobody has
   * @param leadMs how long a claim takes: no moment is earlier than that after `nowUs`
   */
  moments(freeAtUs: number, nowUs: number, leadMs: number, count: number): number[] {
    const first = Math.max(freeAtUs, nowUs + Math.ceil(leadMs * 1_000));
    const last = nowUs + (leadMs + AHEAD_MS) * 1_000;
    const moments: number[] = [];
    for (let at = first; at <= last && moments.length < count; at += this.spacingUs) {
      moments.push(at);
    }
    return moments;
  }

  /** Milliseconds until the next moment may be claimed; 0: it may be now. */
  claimableInMs(freeAtUs: number, nowUs: number, leadMs: number): number {
    return Math.max(0, (freeAtUs - nowUs) / 1_000 - leadMs - AHEAD_MS);
  }

  /** Milliseconds until a dial with `ahead` others before it. */
  waitMs(freeAtUs: number, nowUs: number, ahead: number): number {
    return (Math.max(0, freeAtUs - nowUs) + ahead * this.spacingUs) / 1_000;
  }
}

/**
 * Keeps an account's pace in the only process that dials: by when its dials are in fact made, so
 * that late ones need not be given up.
 */
export class OwnPace {
  private nextAt = -Infinity;

  constructor(private readonly pace: DialPace) {}

  /** @returns milliseconds until a dial may be made; 0: it may, and counts as made at `now` */
  take(now: number): number {
    const waitMs = this.nextAt - this.pace.lateMs - now;
    if (waitMs > 0) return waitMs;
    this.nextAt = Math.max(this.nextAt, now) + this.pace.spacingUs / 1_000;
    return 0;
  }
}
