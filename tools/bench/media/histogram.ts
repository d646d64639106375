const BUCKET_MS = 0.1;
const BUCKETS = 20_000;

/** Times in milliseconds, to a tenth, up to two seconds; longer ones count as that. */
export class Histogram {
  private readonly counts: Uint32Array;
  private total = 0;
  private longest = 0;

  constructor(counts?: ArrayLike<number>, max = 0) {
    this.counts = new Uint32Array(BUCKETS);
    if (counts) {
      this.counts.set(counts);
      for (const count of this.counts) this.total += count;
      this.longest = max;
    }
  }

  get size(): number {
    return this.total;
  }

  get max(): number {
    return this.longest;
  }

  add(ms: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(ms / BUCKET_MS)));
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.total += 1;
    if (ms > this.longest) this.longest = ms;
  }

  merge(other: Histogram): void {
    other.counts.forEach((count, bucket) => {
      this.counts[bucket] = (this.counts[bucket] as number) + count;
    });
    this.total += other.total;
    this.longest = Math.max(this.longest, other.longest);
  }

  /** @param share from 0 to 1 */
  at(share: number): number {
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.counts[bucket] as number;
      if (seen > share * (this.total - 1)) return Math.round((bucket + 1) * BUCKET_MS * 10) / 10;
    }
    return 0;
  }

  toJSON(): { counts: number[]; max: number } {
    return { counts: [...this.counts], max: this.longest };
  }
}
