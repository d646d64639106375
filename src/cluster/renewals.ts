/**
 * Whether our lease holds, as this process can tell by itself. Times are milliseconds of the
 * monotonic clock, so a process that was stopped for a while knows at once that it was.
 */
export class Renewals {
  private lastAt: number;
  private unbrokenSince: number | null = null;

  /**
   * @param fenceMs without a renewal for this long, others may soon take our lease for over
   * @param leaseMs how long a lease holds
   */
  constructor(
    private readonly fenceMs: number,
    private readonly leaseMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.lastAt = now();
  }

  /** @param askedAt when the store was asked: the lease holds from then on, if not from later */
  renewed(askedAt: number): void {
    if (askedAt - this.lastAt >= this.fenceMs) this.unbrokenSince = null;
    this.unbrokenSince ??= askedAt;
    this.lastAt = askedAt;
  }

  /** A renewal failed: the others may have failed as well. */
  failed(): void {
    this.unbrokenSince = null;
  }

  /** How long ago the last renewal was; before the first, how old this is. */
  get ageMs(): number {
    return this.now() - this.lastAt;
  }

  get isFenced(): boolean {
    return this.ageMs >= this.fenceMs;
  }

  /** Whether we have renewed unbroken for a whole lease. */
  get isSteady(): boolean {
    if (this.unbrokenSince === null || this.isFenced) return false;
    return this.now() - this.unbrokenSince >= this.leaseMs;
  }
}
