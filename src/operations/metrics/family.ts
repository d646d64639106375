import type { Distribution } from '../../shared/metrics/histogram.js';
import type { Count } from '../../shared/metrics/tally.js';

export interface Sample {
  labels?: Record<string, string>;
  value: number;
  /** Of a histogram. */
  suffix?: '_bucket' | '_sum' | '_count';
}

/** One metric: what it is called, and how its samples are read at the moment of a scrape. */
export interface Family {
  /** Without the prefix. */
  name: string;
  /** One sentence, with its unit where the name has none. */
  help: string;
  /** A summary has quantiles and needs neither sum nor count. */
  type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** No samples: not known at this moment. */
  read: () => readonly Sample[] | Promise<readonly Sample[]>;
}

export const only = (value: number): Sample[] => [{ value }];

export const fromCounts = (counts: readonly Count[]): Sample[] =>
  counts.map(({ labels, count }) => ({ labels, value: count }));

export function fromDistribution({ bounds, atMost, count, sum }: Distribution): Sample[] {
  const buckets = bounds.map((bound, at) => bucket(String(bound), atMost[at] ?? 0));
  return [
    ...buckets,
    bucket('+Inf', count),
    { suffix: '_sum', value: sum },
    { suffix: '_count', value: count },
  ];
}

function bucket(le: string, value: number): Sample {
  return { suffix: '_bucket', labels: { le }, value };
}
