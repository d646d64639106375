/** How often a value was at most so high, as Prometheus counts it: each bucket holds the lower ones too. */
export interface Distribution {
  /** Ascending upper bounds, without the endless one. */
  bounds: readonly number[];
  /** One for each bound. */
  atMost: number[];
  count: number;
  sum: number;
}

/** How long things took, in seconds. For what happens now and then; frames have {@link MillisecondCounts}. */
export class Histogram {
  private readonly counts: number[];
  private sum = 0;

  /** @param bounds ascending, in seconds */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(seconds: number): void {
    const bucket = this.bounds.findIndex((bound) => seconds <= bound);
    const index = bucket === -1 ? this.bounds.length : bucket;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += seconds;
  }

  /** @param since `performance.now()` when it began */
  observeSince(since: number): void {
    this.observe((performance.now() - since) / 1000);
  }

  read(): Distribution {
    let total = 0;
    const running = this.counts.map((count) => (total += count));
    return {
      bounds: this.bounds,
      atMost: running.slice(0, this.bounds.length),
      count: total,
      sum: this.sum,
    };
  }
}
