import { Histogram as PrometheusHistogram } from 'prom-client';

/** How often a value was at most so high, as Prometheus counts it: each bucket holds the lower ones too. */
export interface Distribution {
  /** Ascending upper bounds, without the endless one. */
  bounds: readonly number[];
  /** One for each bound. */
  atMost: number[];
  count: number;
  sum: number;
}

/** How long things took, in seconds. For what happens now and then; ticks have `MillisecondCounts`. */
export class Histogram extends PrometheusHistogram {
  /**
   * @param name in full
   * @param bounds ascending, in seconds
   */
  constructor(name: string, help: string, bounds: number[]) {
    super({ name, help, buckets: bounds, registers: [] });
  }

  /** @param since `performance.now()` when it began */
  observeSince(since: number): void {
    this.observe((performance.now() - since) / 1000);
  }
}
