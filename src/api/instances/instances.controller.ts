import { Controller, Get, UseGuards } from '@nestjs/common';
import { Cluster } from '../../cluster/cluster.js';
import { Instance } from '../../cluster/instance.js';
import { AdminGuard } from '../../tenants/api-key.guard.js';

@Controller('api/v1/instances')
@UseGuards(AdminGuard)
export class InstancesController {
  constructor(
    private readonly cluster: Cluster,
    private readonly instance: Instance,
  ) {}

  /** Lists the living instances, as this one saw them at most two seconds ago. */
  @Get()
  list() {
    return {
      data: this.cluster.members().map((member) => ({
        instance_id: member.id,
        name: member.name,
        version: member.version,
        state: member.state,
        live_calls: member.streams,
        capacity: member.capacity,
        started_at: member.startedAt.toISOString(),
        clock_offset_ms: member.clockOffsetMs,
        lease_age_ms: Math.round(member.leaseAgeMs),
        this_one: member.id === this.instance.id,
      })),
    };
  }
}
