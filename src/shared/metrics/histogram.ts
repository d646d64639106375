import { Histogram as PrometheusHistogram } from 'prom-client';

/**
 * Counts of values by upper bound, as Prometheus counts them: each bucket includes
 * the lower ones.
 */
export interface Distribution {
  /** Ascending upper bounds, without infinity. */
  bounds: readonly number[];
  /** One count for each bound. */
  atMost: number[];
  count: number;
  sum: number;
}

/** Durations in seconds. For events that are not frequent; ticks use `MillisecondCounts`. */
export class Histogram extends PrometheusHistogram {
  /**
   * @param name the full name
   * @param bounds ascending, in seconds
   */
  constructor(name: string, help: string, bounds: number[]) {
    super({ name, help, buckets: bounds, registers: [] });
  }

  /** @param since `performance.now()` at the beginning */
  observeSince(since: number): void {
    this.observe((performance.now() - since) / 1000);
  }
}
