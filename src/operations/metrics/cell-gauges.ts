import { Injectable } from '@nestjs/common';
import { CallCensus } from '../../calls/call-census.js';
import { EventDeliveries } from '../../calls/events-out/event-deliveries.js';
import { Cluster } from '../../cluster/cluster.js';
import { Leases } from '../../cluster/leases.js';
import { only, type Family, type Sample } from './family.js';

/** Longer than Prometheus usually waits between two scrapes. */
const OURS_MS = 90_000;

/**
 * What belongs to the store and not to one instance. One instance at a time shows it, so that it
 * may be summed over all of them: the one whose page is asked for regularly.
 */
@Injectable()
export class CellGauges {
  constructor(
    private readonly census: CallCensus,
    private readonly deliveries: EventDeliveries,
    private readonly cluster: Cluster,
    private readonly leases: Leases,
  ) {}

  families(): Family[] {
    return [
      {
        name: 'cell_calls_live',
        help: 'Calls in progress on all instances, by status; shown by one instance.',
        type: 'gauge',
        labels: ['status'],
        read: () =>
          this.ifOurs(() =>
            [...this.census.byStatus()].map(([status, value]) => ({ labels: { status }, value })),
          ),
      },
      {
        name: 'cell_instances',
        help: 'Living instances, by state; shown by one instance.',
        type: 'gauge',
        labels: ['state'],
        read: () => this.ifOurs(() => this.instances()),
      },
      {
        name: 'cell_event_deliveries_pending',
        help: 'Events that wait to be delivered by any instance; shown by one instance.',
        type: 'gauge',
        read: () => this.ifOurs(async () => only(await this.deliveries.pending())),
      },
    ];
  }

  private instances(): Sample[] {
    const counts = new Map<string, number>();
    for (const { state } of this.cluster.members()) {
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return [...counts].map(([state, value]) => ({ labels: { state }, value }));
  }

  /** Nothing is shown by the others, nor while the store is away. */
  private async ifOurs(read: () => Sample[] | Promise<Sample[]>): Promise<Sample[]> {
    try {
      return (await this.leases.takeJob('cell-gauges', OURS_MS)) ? await read() : [];
    } catch {
      return [];
    }
  }
}
