import { Injectable } from '@nestjs/common';
import { Registry, type Metric } from 'prom-client';
import { CallCensus } from '../../calls/call-census.js';
import { CallMetrics } from '../../calls/call-metrics.js';
import { EventDeliveries } from '../../calls/events-out/event-deliveries.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { Refusals } from '../../calls/refusals.js';
import { callFamilies } from './call-families.js';
import type { Family } from './family.js';
import { ProcessMetrics } from './process-metrics.js';

const PREFIX = 'patchbay_';

/** All metrics in Prometheus' text format. Whatever is counted is counted elsewhere; here it is read. */
@Injectable()
export class MetricsPage {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly registry = new Registry();

  constructor(
    census: CallCensus,
    metrics: CallMetrics,
    refusals: Refusals,
    sessions: LiveSessions,
    deliveries: EventDeliveries,
    ofProcess: ProcessMetrics,
  ) {
    const families = [
      ...callFamilies({ census, metrics, refusals, sessions, deliveries }),
      ...ofProcess.families(),
    ];
    for (const family of families) this.registry.registerMetric(asMetric(family));
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/**
 * What the registry needs of a metric. Its own classes keep their numbers
 * themselves, with an object for each combination of labels looked up at every
 * increment: too much for what happens fifty times a second in every call.
 */
function asMetric({ name, help, type, read }: Family): Metric {
  const fullName = PREFIX + name;
  return {
    name: fullName,
    help,
    get: async () => ({
      name: fullName,
      help,
      type,
      aggregator: 'sum',
      values: (await read()).map(({ labels = {}, value, suffix = '' }) => ({
        labels,
        value,
        metricName: fullName + suffix,
      })),
    }),
  } as unknown as Metric;
}
