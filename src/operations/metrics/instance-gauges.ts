import { Injectable } from '@nestjs/common';
import { Bus } from '../../cluster/bus.js';
import { Cluster } from '../../cluster/cluster.js';
import { Instance } from '../../cluster/instance.js';
import { Database } from '../../database/database.js';
import { only, type Family, type Sample } from './family.js';

const MS = 1_000;
/** A scrape does not wait longer for a nudge to ourselves. */
const HEARS_WITHIN_MS = 1_000;

/** How this instance stands among those that share the store. Nothing where it has the store to itself. */
@Injectable()
export class InstanceGauges {
  constructor(
    private readonly cluster: Cluster,
    private readonly instance: Instance,
    private readonly bus: Bus,
    private readonly database: Database,
  ) {}

  families(): Family[] {
    return [
      {
        name: 'instance_lease_age_seconds',
        help: 'How long ago this instance renewed its lease; it fences itself after 4 s.',
        type: 'gauge',
        read: () => this.ifShared(() => only(this.cluster.leaseAgeMs / MS)),
      },
      {
        name: 'instance_clock_offset_seconds',
        help: "How far this instance's clock is ahead of the store's; negative: behind.",
        type: 'gauge',
        read: () => this.ifShared(() => this.clockOffset()),
      },
      {
        name: 'bus_round_trip_seconds',
        help: 'How long a nudge of this instance to itself takes; absent: it was not heard.',
        type: 'gauge',
        read: () => this.ifShared(() => this.roundTrip()),
      },
    ];
  }

  private ifShared(read: () => Sample[] | Promise<Sample[]>): Sample[] | Promise<Sample[]> {
    return this.database.exclusive ? [] : read();
  }

  private clockOffset(): Sample[] {
    const own = this.cluster.members().find(({ id }) => id === this.instance.id);
    return own ? only(own.clockOffsetMs / MS) : [];
  }

  private async roundTrip(): Promise<Sample[]> {
    const tookMs = await this.bus.roundTrip(HEARS_WITHIN_MS);
    return tookMs === null ? [] : only(tookMs / MS);
  }
}
