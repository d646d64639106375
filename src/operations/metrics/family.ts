import { Counter, Gauge, type Metric } from 'prom-client';
import type { Distribution } from '../../shared/metrics/histogram.js';
import type { Count } from '../../shared/metrics/tally.js';

export const METRIC_PREFIX = 'patchbay_';

export interface Sample {
  labels?: Record<string, string>;
  value: number;
}

/** One metric: its name, and how its samples are read at a scrape. */
export interface Family {
  /** The name without the prefix. */
  name: string;
  /** One sentence, with the unit if the name has none. */
  help: string;
  type: 'counter' | 'gauge';
  /** The names of its labels; absent: it has none. */
  labels?: readonly string[];
  /** The samples; none if the value is not known at this moment. */
  read: () => readonly Sample[] | Promise<readonly Sample[]>;
}

export const only = (value: number): Sample[] => [{ value }];

export const fromCounts = (counts: readonly Count[]): Sample[] =>
  counts.map(({ labels, count }) => ({ labels, value: count }));

/** For the registry: filled from `read` whenever somebody asks. */
export function asMetric({ name, help, type, labels = [], read }: Family): Metric {
  const config = { name: METRIC_PREFIX + name, help, labelNames: [...labels], registers: [] };
  switch (type) {
    case 'counter':
      return new Counter({
        ...config,
        async collect() {
          const samples = await read();
          empty(this, labels);
          for (const sample of samples) this.inc(sample.labels ?? {}, sample.value);
        },
      });
    case 'gauge':
      return new Gauge({
        ...config,
        async collect() {
          const samples = await read();
          empty(this, labels);
          for (const sample of samples) this.set(sample.labels ?? {}, sample.value);
        },
      });
    default:
      return type satisfies never;
  }
}

/** A metric without labels begins again as zero; but one that is not known has no value at all. */
function empty(metric: Counter | Gauge, labels: readonly string[]): void {
  metric.reset();
  if (labels.length === 0) metric.remove();
}

/** The text of a histogram that counts for itself: prom-client's are too slow for every tick. */
export function histogramText(name: string, help: string, distribution: Distribution): string {
  const { bounds, atMost, count, sum } = distribution;
  const buckets = bounds.map((bound, at) => `_bucket{le="${bound}"} ${atMost[at] ?? 0}`);
  const lines = [...buckets, `_bucket{le="+Inf"} ${count}`, `_sum ${sum}`, `_count ${count}`];
  return textOf(name, help, 'histogram', lines);
}

/** The text of quantiles alone; prom-client's summaries observe for themselves. */
export function summaryText(
  name: string,
  help: string,
  quantiles: Readonly<Record<string, number>>,
): string {
  const lines = Object.entries(quantiles).map(
    ([quantile, value]) => `{quantile="${quantile}"} ${value}`,
  );
  return textOf(name, help, 'summary', lines);
}

function textOf(name: string, help: string, type: string, lines: readonly string[]): string {
  const full = METRIC_PREFIX + name;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...lines.map((line) => full + line),
    '',
  ].join('\n');
}
