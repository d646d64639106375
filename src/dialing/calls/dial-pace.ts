/**
 * Spaces dials so that a carrier's calls-per-second limit is kept: each taker
 * gets the next free moment, in the order asked.
 */
export class DialPace {
  private nextFreeAt = 0;

  /** @param perSecond dials a second; fractions mean less than one */
  constructor(private readonly perSecond: number) {}

  /** Takes a place and returns how many milliseconds from `now` it is. */
  take(now: number): number {
    const at = Math.max(now, this.nextFreeAt);
    this.nextFreeAt = at + 1000 / this.perSecond;
    return at - now;
  }
}
