import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CallCensus } from '../../calls/call-census.js';
import { CallMetrics } from '../../calls/call-metrics.js';
import { Circuits } from '../../calls/dialling/circuits.js';
import { EventDeliveries } from '../../calls/events-out/event-deliveries.js';
import { Recordings } from '../../calls/recordings/recordings.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { Refusals } from '../../calls/refusals.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { AlertMetrics } from '../../shared/metrics/alert-metrics.js';
import { alertFamilies } from './alert-families.js';
import { callFamilies } from './call-families.js';
import { CellGauges } from './cell-gauges.js';
import { asMetric, histogramText } from './family.js';
import { InstanceGauges } from './instance-gauges.js';
import { ProcessMetrics } from './process-metrics.js';

/** All metrics in Prometheus' text format. They are counted elsewhere and only read here. */
@Injectable()
export class MetricsPage {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly registry = new Registry();

  constructor(
    census: CallCensus,
    private readonly metrics: CallMetrics,
    refusals: Refusals,
    sessions: LiveSessions,
    deliveries: EventDeliveries,
    recordings: Recordings,
    circuits: Circuits,
    providers: ProviderRegistry,
    cell: CellGauges,
    instance: InstanceGauges,
    private readonly ofProcess: ProcessMetrics,
    alerts: AlertMetrics,
  ) {
    const families = [
      ...callFamilies({
        census,
        metrics,
        refusals,
        sessions,
        deliveries,
        recordings,
        circuits,
        providers,
      }),
      ...cell.families(),
      ...instance.families(),
      ...alertFamilies(alerts),
      ...ofProcess.families(),
    ];
    for (const family of families) this.registry.registerMetric(asMetric(family));
    this.registry.registerMetric(metrics.dialSeconds);
    this.registry.registerMetric(metrics.streamSetupSeconds);
  }

  async text(): Promise<string> {
    const lateness = histogramText(
      'playout_lateness_seconds',
      'How late each tick of the play-out was, against its slot of 5 ms.',
      this.metrics.tickLateness.read(),
    );
    return [await this.registry.metrics(), lateness, this.ofProcess.lagText()].join('\n');
  }
}
