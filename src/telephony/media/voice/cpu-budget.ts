/** What was not used is saved for so long. */
const SAVED_MS = 2_000;
/** But at most this much work may be asked for at once, so that nobody waits long for the last of it. */
const AT_ONCE_MS = 250;

/** A part of one core: how much work, in milliseconds, may be begun. Times are of one monotonic clock. */
export class CpuBudget {
  private readonly most: number;
  private left: number;
  private at: number;

  /** @param percent of one core */
  constructor(
    private readonly percent: number,
    now: number,
  ) {
    this.most = Math.min(AT_ONCE_MS, (percent / 100) * SAVED_MS);
    this.left = this.most;
    this.at = now;
  }

  /** Whether there is time for `ms` of work; it is spent then. */
  spend(ms: number, now: number): boolean {
    this.left = Math.min(this.most, this.left + ((now - this.at) * this.percent) / 100);
    this.at = now;
    if (ms > this.left) return false;
    this.left -= ms;
    return true;
  }
}
