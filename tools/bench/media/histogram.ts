const BUCKET_MS = 0.1;
const BUCKETS = 100_000;

/** The form that travels between processes, with only the buckets in use. */
export interface HistogramJson {
  counts: Array<[bucket: number, count: number]>;
  max: number;
}

/** Times in milliseconds, to a tenth, up to ten seconds. Longer ones count as ten seconds. */
export class Histogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;
  private longest = 0;

  static of(parts: readonly HistogramJson[]): Histogram {
    const whole = new Histogram();
    for (const { counts, max } of parts) {
      for (const [bucket, count] of counts) whole.put(bucket, count);
      whole.longest = Math.max(whole.longest, max);
    }
    return whole;
  }

  get size(): number {
    return this.total;
  }

  get max(): number {
    return this.longest;
  }

  add(ms: number): void {
    this.put(Math.min(BUCKETS - 1, Math.max(0, Math.floor(ms / BUCKET_MS))), 1);
    if (ms > this.longest) this.longest = ms;
  }

  /** @param share from 0 to 1 */
  at(share: number): number {
    if (this.total === 0) return 0;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.counts[bucket] as number;
      if (seen > share * (this.total - 1)) return Math.round((bucket + 1) * BUCKET_MS * 10) / 10;
    }
    return 0;
  }

  toJSON(): HistogramJson {
    const counts: HistogramJson['counts'] = [];
    this.counts.forEach((count, bucket) => {
      if (count > 0) counts.push([bucket, count]);
    });
    return { counts, max: this.longest };
  }

  private put(bucket: number, count: number): void {
    this.counts[bucket] = (this.counts[bucket] as number) + count;
    this.total += count;
  }
}
