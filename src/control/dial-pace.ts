/** A dial that would have to wait longer is given up and never made. */
const PATIENCE_MS = 60_000;

/**
 * Spaces dials so that a carrier's calls-per-second limit is kept: each dial gets the next free
 * moment, in the order of the requests.
 */
export class DialPace {
  private nextFreeAt = 0;

  /** @param perSecond dials a second; a fraction means less than one */
  constructor(private readonly perSecond: number) {}

  /**
   * Takes a place and returns how many milliseconds after `now` it is. A place that is further away
   * than `patienceMs` stays free: a flood of calls that will never be dialled must not delay those
   * that still can be.
   */
  take(now: number, patienceMs: number = PATIENCE_MS): number {
    const at = Math.max(now, this.nextFreeAt);
    if (at - now <= patienceMs) this.nextFreeAt = at + 1000 / this.perSecond;
    return at - now;
  }
}
